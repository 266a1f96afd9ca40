"""The command line."""

from experiments.command import main
from experiments.stepness_map import EXPERIMENT

if __name__ == "__main__":
    main(EXPERIMENT)
