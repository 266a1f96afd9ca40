"""Figures of arrays. Nothing here computes what it draws."""

from gradflow.plotting._embeddings import plot_embeddings as plot_embeddings
from gradflow.plotting._panel import TrainingPanel as TrainingPanel
from gradflow.plotting._relations import TaskSpectrum as TaskSpectrum
from gradflow.plotting._relations import plot_relation_curves as plot_relation_curves
from gradflow.plotting._relations import plot_task_projections as plot_task_projections
from gradflow.plotting._relations import plot_task_spectra as plot_task_spectra
from gradflow.plotting._save import save_figure as save_figure
from gradflow.plotting._steps import StepErrors as StepErrors
from gradflow.plotting._steps import plot_step_times as plot_step_times
from gradflow.plotting._training import plot_training as plot_training
