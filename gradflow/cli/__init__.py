"""The command line. The only place that prints."""

from gradflow.cli._main import main as main
from gradflow.cli._main import program as program
