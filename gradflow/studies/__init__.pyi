"""Public names and where they live, for type checkers and for `__init__.py`."""

from ._figures import FIGURES as FIGURES
from ._figures import shown_scale as shown_scale
from ._figures import study_figures as study_figures
from ._folder import draw_study as draw_study
from ._folder import write_study as write_study
from ._grid import sweep_grid as sweep_grid
from ._grid_settings import GridSettings as GridSettings
from ._load import load_study as load_study
from ._load import load_study_data as load_study_data
from ._mode_table import mode_table as mode_table
from ._problem_grid import ProblemLabel as ProblemLabel
from ._problem_grid import problem_grid as problem_grid
from ._rank_increments import study_rank_increments as study_rank_increments
from ._save import save_study as save_study
from ._save_grid import save_grid as save_grid
from ._study import Study as Study
from ._study_settings import StudySettings as StudySettings
from ._summary import read_summary as read_summary
from ._summary import summarise as summarise
from ._sweep import sweep as sweep
from ._sweep_measures import MeasuredSteps as MeasuredSteps
from ._sweep_measures import PredictedSteps as PredictedSteps
