"""Results put together for people: the figures of a study."""

from gradflow.report._study_figures import study_figures as study_figures
