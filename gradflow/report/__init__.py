"""Results put together for people: the figures of a study, and its folder."""

from gradflow.report._folder import draw_study as draw_study
from gradflow.report._folder import write_study as write_study
from gradflow.report._study_figures import FIGURES as FIGURES
from gradflow.report._study_figures import shown_scale as shown_scale
from gradflow.report._study_figures import study_figures as study_figures
