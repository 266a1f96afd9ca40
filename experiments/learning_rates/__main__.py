"""The command line."""

from experiments.command import main
from experiments.learning_rates import EXPERIMENT

if __name__ == "__main__":
    main(EXPERIMENT)
