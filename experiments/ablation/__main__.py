"""The command line."""

from experiments.ablation import EXPERIMENT
from experiments.command import main

if __name__ == "__main__":
    main(EXPERIMENT)
