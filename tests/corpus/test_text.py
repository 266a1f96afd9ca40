"""The text8 rules: a to z in lower case, digits spelled out, the rest blank."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradflow.corpus import text8_tokens

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t\r\n", []),
        ("The CAT", ["the", "cat"]),
        ("don't well-known e.g.", ["don", "t", "well", "known", "e", "g"]),
        ("1984", ["one", "nine", "eight", "four"]),
        ("b2b", ["b", "two", "b"]),
        ("0123456789", DIGITS),
        ("café naïve", ["caf", "na", "ve"]),
        ("Ünder 日本 語x", ["nder", "x"]),
        ("٣ ²", []),  # digits, but not those of ASCII
        ("a\x00b", ["a", "b"]),
        ("\ud800x", ["x"]),  # half a character, which UTF-8 cannot say
    ],
)
def test_known_cases(text, words):
    assert text8_tokens(text) == words


@given(st.text())
def test_same_as_a_plain_loop_over_characters(text):
    plain = ""
    for character in text.lower():
        if character in "abcdefghijklmnopqrstuvwxyz":
            plain += character
        elif character in "0123456789":
            plain += f" {DIGITS[int(character)]} "
        else:
            plain += " "
    assert text8_tokens(text) == plain.split()


@given(st.text())
def test_what_is_normalised_stays_as_it_is(text):
    words = text8_tokens(text)
    assert text8_tokens(" ".join(words)) == words
