"""The command line."""

from experiments.command import main
from experiments.loss_steps import EXPERIMENT

if __name__ == "__main__":
    main(EXPERIMENT)
