"""Whole workflows: sweeps, the main job, and what is kept of them."""

from gradflow.studies._figures import FIGURES as FIGURES
from gradflow.studies._figures import shown_scale as shown_scale
from gradflow.studies._figures import study_figures as study_figures
from gradflow.studies._folder import draw_study as draw_study
from gradflow.studies._folder import write_study as write_study
from gradflow.studies._grid import sweep_grid as sweep_grid
from gradflow.studies._grid_settings import GridSettings as GridSettings
from gradflow.studies._load import load_study as load_study
from gradflow.studies._load import load_study_data as load_study_data
from gradflow.studies._mode_table import mode_table as mode_table
from gradflow.studies._problem_grid import ProblemLabel as ProblemLabel
from gradflow.studies._problem_grid import problem_grid as problem_grid
from gradflow.studies._rank_increments import study_rank_increments as study_rank_increments
from gradflow.studies._save import save_study as save_study
from gradflow.studies._save_grid import save_grid as save_grid
from gradflow.studies._study import Study as Study
from gradflow.studies._study_settings import StudySettings as StudySettings
from gradflow.studies._summary import read_summary as read_summary
from gradflow.studies._summary import summarise as summarise
from gradflow.studies._sweep import sweep as sweep
from gradflow.studies._sweep_measures import MeasuredSteps as MeasuredSteps
from gradflow.studies._sweep_measures import PredictedSteps as PredictedSteps
from gradflow.studies._sweep_measures import RiseTimes as RiseTimes
