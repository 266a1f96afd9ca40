"""What is known before a run: when each mode is learned, and how."""

from gradflow.theory._mean_field import mean_field_shares as mean_field_shares
from gradflow.theory._predict import predict as predict
from gradflow.theory._predict import predict_steps as predict_steps
from gradflow.theory._prediction import Prediction as Prediction
from gradflow.theory._prediction import PredictionRule as PredictionRule
from gradflow.theory._step_distribution import StepDistribution as StepDistribution
from gradflow.theory._stepness import Stepness as Stepness
from gradflow.theory._stepness import stepness as stepness
