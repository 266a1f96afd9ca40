"""What is measured after a run, and how it compares with what was predicted."""

from gradflow.analysis._compare import compare as compare
from gradflow.analysis._compare import error_summary as error_summary
from gradflow.analysis._compare import steps_table as steps_table
from gradflow.analysis._learned_modes import learned_modes as learned_modes
from gradflow.analysis._measurement import Measurement as Measurement
from gradflow.analysis._measurement import measure as measure
from gradflow.analysis._rank import effective_rank as effective_rank
from gradflow.analysis._steps import measure_steps as measure_steps
