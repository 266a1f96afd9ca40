"""One module or package a claim: `python -m experiments.NAME`, from the folder of the project."""
