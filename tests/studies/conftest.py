import pytest

from gradflow.io._source import describe_source
from gradflow.studies._save import save_study
from tests.studies.tiny import tiny_counts, tiny_study


@pytest.fixture(scope="session")
def study():
    return tiny_study()


@pytest.fixture(scope="session")
def counts():
    return tiny_counts()


@pytest.fixture(scope="session")
def saved(tmp_path_factory, study, counts):
    folder = tmp_path_factory.mktemp("saved")
    save_study(study, folder, describe_source(counts, "sixty"), {"figures": 1.5})
    return folder
