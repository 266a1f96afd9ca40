"""Annotations are checked while tests run, after what each call accepted and returned."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Protocol

import equinox as eqx
import numpy as np
import pytest
from jaxtyping import Float, TypeCheckError, jaxtyped

import gradflow.initialisation
from tests.runtime_types import after_the_call

checked = jaxtyped(typechecker=after_the_call)
Vector = Float[np.ndarray, " n"]


@checked
def doubled(x: Vector, times: float = 2.0) -> Vector:
    if not isinstance(x, np.ndarray):
        raise ValueError("x: wanted an array")
    return x * times if times else x[1:]


@checked
@dataclasses.dataclass(frozen=True)
class Words:
    words: tuple[str, ...]

    def __post_init__(self):
        object.__setattr__(self, "words", tuple(self.words))


@checked
class Positive(eqx.Module):
    value: int

    def __check_init__(self):
        if not isinstance(self.value, int):
            raise ValueError("value: wanted a whole number")


@checked
def later(count: int) -> Iterator[int]:
    yield from range(count)


class Sized(Protocol):
    @property
    def words(self) -> tuple[str, ...]: ...


@checked
def lengths(given: Mapping[str, Sized | None] | None) -> list[int]:
    return [len(each.words) for each in given.values()]


def test_true_annotations_are_silent():
    np.testing.assert_array_equal(doubled(np.ones(3)), 2 * np.ones(3))
    assert doubled(np.ones(3), 3).sum() == 9, "a whole number is a float"
    assert doubled(np.ones(3), np.float32(3)).sum() == 9, "numbers of NumPy are numbers"
    assert list(later(2)) == [0, 1]
    assert lengths({"a": Words(["a"])}) == [1]


def test_results_and_arguments_of_another_shape_or_type_are_told():
    with pytest.raises(TypeCheckError, match=r"the return value of .*doubled"):
        doubled(np.ones(3), 0.0)
    with pytest.raises(TypeCheckError):
        doubled(np.ones((3, 2)))
    with pytest.raises(TypeCheckError):
        doubled(np.ones(3), np.array(2.0))


def test_what_is_refused_is_not_checked():
    with pytest.raises(ValueError, match=r"^x: wanted an array"):
        doubled([1.0])
    with pytest.raises(ValueError, match=r"^value: wanted a whole number"):
        Positive("a")


def test_fields_are_checked_as_they_are_stored():
    assert Words(["a", "b"]).words == ("a", "b")
    with pytest.raises(TypeCheckError):
        Words([1, 2])


def test_the_library_is_checked():
    function = gradflow.initialisation.gaussian_init
    assert function.__wrapped__.__code__.co_filename == gradflow.initialisation.__file__
