"""`python -m gradflow`, the same as `gradflow`."""

from gradflow.cli import program

if __name__ == "__main__":
    program()
