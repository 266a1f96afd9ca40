"""gradflow simulates, solves and predicts how word embeddings learn."""

from gradflow._errors import ArgumentError as ArgumentError
from gradflow._errors import DataError as DataError
from gradflow._errors import GradflowError as GradflowError
from gradflow._errors import SolveError as SolveError
from gradflow.analysis import Study as Study
from gradflow.analysis import StudySettings as StudySettings
from gradflow.analysis import effective_rank as effective_rank
from gradflow.analysis import error_summary as error_summary
from gradflow.analysis import loss_staircase as loss_staircase
from gradflow.analysis import measure_steps as measure_steps
from gradflow.analysis import measured_plateaus as measured_plateaus
from gradflow.analysis import predict_singular_values as predict_singular_values
from gradflow.analysis import predict_steps as predict_steps
from gradflow.analysis import relative_errors as relative_errors
from gradflow.analysis import steps_table as steps_table
from gradflow.analysis import study_rank_increments as study_rank_increments
from gradflow.corpus import CooccurrenceStatistics as CooccurrenceStatistics
from gradflow.corpus import corpus_names as corpus_names
from gradflow.corpus import count_cooccurrence as count_cooccurrence
from gradflow.corpus import download_corpus as download_corpus
from gradflow.corpus import embedded_names as embedded_names
from gradflow.corpus import load_statistics as load_statistics
from gradflow.corpus import planted_statistics as planted_statistics
from gradflow.corpus import text8_tokens as text8_tokens
from gradflow.dynamics import Adaptive as Adaptive
from gradflow.dynamics import Contrastive as Contrastive
from gradflow.dynamics import Descent as Descent
from gradflow.dynamics import Exact as Exact
from gradflow.dynamics import Modes as Modes
from gradflow.dynamics import Quadratic as Quadratic
from gradflow.dynamics import Solution as Solution
from gradflow.dynamics import Status as Status
from gradflow.dynamics import solve as solve
from gradflow.dynamics import sweep as sweep
from gradflow.dynamics import time_grid as time_grid
from gradflow.dynamics import use_all_cores as use_all_cores
from gradflow.initialisation import gaussian_init as gaussian_init
from gradflow.targets import Spectrum as Spectrum
from gradflow.targets import Target as Target
from gradflow.targets import mstar as mstar
from gradflow.targets import pmi as pmi
from gradflow.targets import ppmi as ppmi
from gradflow.targets import shifted_ppmi as shifted_ppmi
from gradflow.targets import spectrum as spectrum

__version__ = "0.1.0"
