"""Public names are few and each has an example; docstrings and variables say something."""

import pytest

import gradflow
from tests import house
from tests.import_graph import LIBRARY, layer_of, library, modules, offers


def test_the_top_level_is_the_list_of_the_stub():
    packages = {name for name in gradflow.__all__ if f"{LIBRARY}.{name}" in modules()}
    assert set(gradflow.__all__) - packages == house.names_at_the_top()
    public = {layer_of(name) for name in library()} & packages
    assert packages == public
    assert not any(name.startswith("_") for name in gradflow.__all__)


def test_a_name_is_offered_by_the_package_it_lives_in():
    for package, path in library().items():
        if path.stem == "__init__":
            for name, module in offers(package).items():
                assert not name.startswith("_"), package
                assert module.startswith(f"{package}."), f"{name} of {package}"


def test_the_top_level_has_about_sixty_names():
    assert len(house.names_at_the_top()) <= house.MOST_AT_THE_TOP


def test_packages_offer_few_names_more():
    assert len(house.names_in_packages()) <= house.MOST_IN_PACKAGES


def test_every_public_name_has_an_example():
    assert house.without_example() == []


@pytest.mark.parametrize("check", [house.empty_docstrings, house.generic_locals])
def test_docstrings_and_variables_say_something(check):
    """Empty summaries and generic names are listed with the places where they stand."""
    assert [place for module in modules() for place in check(module)] == []
