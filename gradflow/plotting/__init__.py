"""Figures of arrays. Nothing here computes what it draws."""

from gradflow.plotting._embeddings import plot_embeddings as plot_embeddings
from gradflow.plotting._line_ends import number_line_ends as number_line_ends
from gradflow.plotting._panel import TrainingPanel as TrainingPanel
from gradflow.plotting._relations import TaskSpectrum as TaskSpectrum
from gradflow.plotting._relations import plot_relation_curves as plot_relation_curves
from gradflow.plotting._relations import plot_task_projections as plot_task_projections
from gradflow.plotting._relations import plot_task_spectra as plot_task_spectra
from gradflow.plotting._save import save_figure as save_figure
from gradflow.plotting._steps import StepErrors as StepErrors
from gradflow.plotting._steps import plot_step_times as plot_step_times
from gradflow.plotting._style import ACCENT as ACCENT
from gradflow.plotting._style import COLUMN_WIDTH as COLUMN_WIDTH
from gradflow.plotting._style import CONTRAST as CONTRAST
from gradflow.plotting._style import FAINT as FAINT
from gradflow.plotting._style import HAIR as HAIR
from gradflow.plotting._style import INK as INK
from gradflow.plotting._style import PALE_ACCENT as PALE_ACCENT
from gradflow.plotting._style import PALE_CONTRAST as PALE_CONTRAST
from gradflow.plotting._style import SMALL_SIZE as SMALL_SIZE
from gradflow.plotting._style import STEP_MARK as STEP_MARK
from gradflow.plotting._style import TEXT_WIDTH as TEXT_WIDTH
from gradflow.plotting._style import new_figure as new_figure
from gradflow.plotting._style import sequential_colors as sequential_colors
from gradflow.plotting._style import style as style
from gradflow.plotting._ticks import label_decades as label_decades
from gradflow.plotting._training import plot_training as plot_training
