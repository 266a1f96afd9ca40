"""The command line. The only place that prints."""

from gradflow.cli._main import main as main
