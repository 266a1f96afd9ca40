"""Public names and where they live, for type checkers and for `__init__.py`."""

from ._load import load_study as load_study
from ._mode_table import mode_table as mode_table
from ._problem_grid import problem_grid as problem_grid
from ._rank_increments import study_rank_increments as study_rank_increments
from ._study import Study as Study
from ._study_settings import StudySettings as StudySettings
from ._sweep import sweep as sweep
from ._sweep_measures import MeasuredSteps as MeasuredSteps
from ._sweep_measures import RiseTimes as RiseTimes
