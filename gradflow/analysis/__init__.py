"""What a run shows: when each mode is learned, measured and predicted, and how they compare."""

from gradflow.analysis._compare import error_summary as error_summary
from gradflow.analysis._compare import relative_errors as relative_errors
from gradflow.analysis._compare import steps_table as steps_table
from gradflow.analysis._grid import GridSettings as GridSettings
from gradflow.analysis._grid import sweep_grid as sweep_grid
from gradflow.analysis._predict import loss_staircase as loss_staircase
from gradflow.analysis._predict import predict_singular_values as predict_singular_values
from gradflow.analysis._predict import predict_steps as predict_steps
from gradflow.analysis._rank import effective_rank as effective_rank
from gradflow.analysis._steps import measure_steps as measure_steps
from gradflow.analysis._steps import measured_plateaus as measured_plateaus
from gradflow.analysis._study import Study as Study
from gradflow.analysis._study import StudySettings as StudySettings
from gradflow.analysis._study import study_rank_increments as study_rank_increments
from gradflow.analysis._validity import ValidityReport as ValidityReport
from gradflow.analysis._validity import validity_report as validity_report
