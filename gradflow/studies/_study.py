"""The result of the main job."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr

from gradflow._files import StrPath
from gradflow.analysis import error_summary, steps_table
from gradflow.studies._study_settings import StudySettings
from gradflow.targets import Spectrum
from gradflow.validity import ValidityReport


@dataclasses.dataclass(frozen=True, eq=False)
class Study:
    """What was predicted and what was measured, for one corpus.

    Attributes:
        settings: What was asked for.
        spectrum: The first `dim` eigenpairs of M*. Of a study that was saved without eigenvectors,
            those have shape (0, d).
        sweep: The dataset of `gradflow.sweep`: `measured` (scale, seed, mode) and `predicted`
            (rule, scale, seed, mode), `t`, `singular_values`, `loss`, `status`, ..., and beside
            them `effective_rank` (scale, seed, time), `eigenvalue` and `top_words` (mode) and
            `staircase` (plateau: the loss before the first step and after each).
        embeddings: Dataset (slice, word, axis): the words at three times of the shown lane.
        sgns: Dataset (time, mode) of the SGNS flow, or None.
        seconds: Wall-clock seconds of each phase.
        validity: How far the theory applies to these counts and settings, known before the run.
        shown: Dataset (time, mode) of the lane that the figures show, the first seed of the
            smallest scale: `singular_values`, `theory`, `loss`, `staircase` (plateau), `predicted`
            and `step_group` (mode).

    Example:
        >>> import gradflow as gf
        >>> stats = gf.load_statistics("wikipedia-2k").top(60)
        >>> settings = gf.StudySettings(scales=(1e-3,), seeds=1, dim=4, num_times=24, sgns_words=0)
        >>> study = gf.study_rank_increments(stats, settings)
        >>> study.steps["mode"].tolist()
        [1, 2, 3, 4]
    """

    settings: StudySettings
    spectrum: Spectrum
    sweep: xr.Dataset
    embeddings: xr.Dataset
    sgns: xr.Dataset | None
    seconds: dict[str, float]
    validity: ValidityReport | None = None
    shown: xr.Dataset | None = None

    @property
    def steps(self) -> pd.DataFrame:
        """Step times of the modes that were studied, a row for each scale, seed and mode.

        Columns scale, seed, mode, eigenvalue, measured, and predicted_<rule> for each rule.
        """
        return steps_table(self._studied)

    @property
    def errors(self) -> pd.DataFrame:
        """Relative errors of the predicted step times by scale and rule."""
        return error_summary(self._studied)

    @property
    def _studied(self) -> xr.Dataset:
        """The modes that were studied."""
        names = ["measured", "predicted", "eigenvalue"]
        return self.sweep[names].sel(mode=slice(1, self.settings.modes))

    def save(
        self, folder: StrPath, *, figures: bool = False, replace: bool = False
    ) -> Mapping[str, Any]:
        """Write `results.nc`, `steps.csv`, `summary.json`, and figures if asked, to a new folder.

        Args:
            folder: Must not exist or be empty, unless it is to be replaced.
            figures: Draw the figures too.
            replace: Let it take the place of a folder that is there.

        Returns:
            The summary.

        Raises:
            DataError: The folder cannot be written, or the disk is full.
        """
        from gradflow.studies._folder import write_study  # which takes a Study

        return write_study(self, folder, figures=figures, replace=replace)[0]
