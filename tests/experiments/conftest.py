"""The quick run of an experiment: once for all tests of its module, its figures drawn once.

A module that uses these fixtures names its `EXPERIMENT`; one about a text has a fixture `corpus`.
"""

import pytest


@pytest.fixture(scope="module")
def corpus():
    return None


@pytest.fixture(scope="module")
def results(request, corpus):
    experiment = request.module.EXPERIMENT
    return experiment.run(experiment.quick, *([] if corpus is None else [corpus]))


@pytest.fixture(scope="module")
def figures(request, results):
    return request.module.EXPERIMENT.draw(results)
