"""The command line. The only place that prints."""

from gradflow.cli._main import main as main
from gradflow.cli._program import program as program
