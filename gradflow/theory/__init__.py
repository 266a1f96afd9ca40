"""What is known before a run: when each mode is learned, and how."""

from gradflow.theory._coupled_modes import COMPETITORS as COMPETITORS
from gradflow.theory._mean_field import mean_field_shares as mean_field_shares
from gradflow.theory._predict import largest_stepwise_scale as largest_stepwise_scale
from gradflow.theory._predict import loss_staircase as loss_staircase
from gradflow.theory._predict import predict as predict
from gradflow.theory._predict import predict_embeddings as predict_embeddings
from gradflow.theory._predict import predict_rise_times as predict_rise_times
from gradflow.theory._predict import predict_singular_values as predict_singular_values
from gradflow.theory._predict import predict_stepness as predict_stepness
from gradflow.theory._predict import predict_steps as predict_steps
from gradflow.theory._predict import sample_steps as sample_steps
from gradflow.theory._predict import step_distribution as step_distribution
from gradflow.theory._predict_flow import predict_flow as predict_flow
from gradflow.theory._prediction import PREDICTION_RULES as PREDICTION_RULES
from gradflow.theory._prediction import Prediction as Prediction
from gradflow.theory._prediction import PredictionRule as PredictionRule
from gradflow.theory._step_distribution import StepDistribution as StepDistribution
from gradflow.theory._stepness import Stepness as Stepness
from gradflow.theory._stepness import degenerate_groups as degenerate_groups
from gradflow.theory._stepness import stepness as stepness
