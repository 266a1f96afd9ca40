"""Figures of arrays. Nothing here computes what it draws."""

from gradflow.plotting._embeddings import plot_embeddings as plot_embeddings
from gradflow.plotting._panel import TrainingPanel as TrainingPanel
from gradflow.plotting._save import save_figure as save_figure
from gradflow.plotting._steps import StepErrors as StepErrors
from gradflow.plotting._steps import plot_step_times as plot_step_times
from gradflow.plotting._style import style as style
from gradflow.plotting._training import plot_training as plot_training
