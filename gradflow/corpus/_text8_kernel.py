"""The loop that turns bytes into word ids by the rules of `text8_tokens`."""

import numpy as np

from gradflow._compiled import compiled
from gradflow.corpus._store import BREAK

# Kinds of bytes: blanks, line ends, the ten digits, and the first bytes of two characters. Letters
# stand for themselves, above all kinds. To Numba these names are constants.
BLANK, LINE_END, DIGIT, LAST_DIGIT, DOTTED_I, KELVIN = 0, 1, 2, 11, 12, 13

# Words of up to so many letters are their key; the highest bit of a key marks longer ones.
SHORT, LONG = 12, np.uint64(1 << 63)

# Places in the state that one run of the loop leaves to the next.
USED, WORDS, DOCUMENTS, TOKENS, IN_DOCUMENT = 0, 1, 2, 3, 4
STATE_SIZE = 5

# The golden ratio times 2⁶⁴: multiplying by it spreads keys over the slots of a table.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def byte_kinds() -> np.ndarray:
    """Return what each byte means, (256,) uint8: a letter in lower case, or one of the kinds.

    Two characters beyond ASCII have an ASCII letter in their lower case: İ (C4 B0) becomes an i and
    a combining dot, the sign of the kelvin (E2 84 AA) a k.
    """
    kinds = np.zeros(256, np.uint8)
    for letter in range(ord("a"), ord("z") + 1):
        kinds[letter] = kinds[letter - 32] = letter
    kinds[ord("0") : ord("9") + 1] = np.arange(DIGIT, DIGIT + 10)
    kinds[ord("\n")] = LINE_END
    kinds[0xC4], kinds[0xE2] = DOTTED_I, KELVIN
    return kinds


@compiled
def number_words(
    block: np.ndarray,
    kinds: np.ndarray,
    spelled: np.ndarray,
    letters: np.ndarray,
    ends: np.ndarray,
    counts: np.ndarray,
    table: np.ndarray,
    state: np.ndarray,
    ids: np.ndarray,
) -> tuple[int, int]:
    """Write the id of each word of a block, -1 after each document, and number new words.

    A word's key has five bits a letter; letters beyond the twelfth are folded in by rotation.
    Shorter words are equal if and only if their keys are, so that the table alone, one cache line a
    word, tells them apart; longer ones have the highest bit set and are compared letter by letter.

    Args:
        block: (n,) bytes of UTF-8 that begin and end beside a word.
        kinds: The array of `byte_kinds`.
        spelled: (10, 5), the letters of the digits' names, filled up with zeros.
        letters: The letters of all words, end to end, with room for n more and a few.
        ends: Word w is letters[ends[w]:ends[w + 1]]; with room for n + 1 more.
        counts: How often each word occurs, with the same room.
        table: A hash table, (a power of two, 2): key and id, or 0 where the slot is free.
        state: (5,), the numbers named above, changed in place.
        ids: Room for n + 1 ids.

    Returns:
        How many ids were written, and how many bytes were read; fewer than n where more than half
        of the table came to be full. Growing the table in here would cost as much as all the rest,
        since Numba would then count references to it.
    """
    size, used, words, tokens = len(block), state[USED], state[WORDS], state[TOKENS]
    written, position, at_end = 0, 0, False
    # Letters of the word being read are written behind those of known words, which end at `used`.
    next_letter, key, in_document = used, np.uint64(0), state[IN_DOCUMENT]
    while not at_end:
        at_end = position == size
        kind = np.uint8(BLANK) if at_end else kinds[block[position]]
        position += 1
        if kind > KELVIN:
            letters[next_letter] = kind
            next_letter += 1
            key = with_letter(key, kind)
            continue
        if kind == DOTTED_I and position < size and block[position] == 0xB0:
            position += 1  # the i belongs to this word, which its combining dot ends
            letters[next_letter] = ord("i")
            next_letter += 1
            key = with_letter(key, np.uint8(ord("i")))
        elif kind == KELVIN and ends_kelvin(block, position):
            position += 2
            letters[next_letter] = ord("k")
            next_letter += 1
            key = with_letter(key, np.uint8(ord("k")))
            continue
        digit = np.int64(kind) - DIGIT if DIGIT <= kind <= LAST_DIGIT else np.int64(-1)
        while True:  # once for the word that ends at this byte, once more for a digit
            if next_letter > used:
                length = next_letter - used
                if length > SHORT:
                    key |= LONG
                # As a separate function this search makes the loop 1.8 times as slow.
                slot = slot_of(key, len(table))
                while table[slot, 0] != np.uint64(0):
                    if table[slot, 0] == key and (
                        length <= SHORT
                        or is_word(np.int64(table[slot, 1]), letters, ends, used, length)
                    ):
                        break
                    slot = (slot + 1) & (len(table) - 1)
                if table[slot, 0] == np.uint64(0):
                    word = words
                    table[slot, 0], table[slot, 1] = key, np.uint64(word)
                    words += 1
                    used = next_letter
                    ends[words] = used
                    counts[word] = 0
                else:
                    word = np.int64(table[slot, 1])
                counts[word] += 1
                ids[written] = word
                written += 1
                tokens += 1
                in_document = 1
                next_letter, key = used, np.uint64(0)
            if digit < 0:
                break
            for letter in spelled[digit]:
                if letter:
                    letters[next_letter] = letter
                    next_letter += 1
                    key = with_letter(key, letter)
            digit = np.int64(-1)
        if kind == LINE_END and in_document:
            ids[written] = BREAK
            written += 1
            state[DOCUMENTS] += 1
            in_document = 0
        if 2 * words > len(table):
            break
    state[USED], state[WORDS], state[TOKENS], state[IN_DOCUMENT] = used, words, tokens, in_document
    return written, position


@compiled
def with_letter(key: np.uint64, letter: np.uint8) -> np.uint64:
    """Return the key of a word with one more letter: five bits a letter, rotated to the left."""
    return ((key << np.uint64(5)) | (key >> np.uint64(59))) ^ np.uint64(letter & 31)


@compiled
def ends_kelvin(block: np.ndarray, position: int) -> bool:
    """Return whether the last two bytes of the sign of the kelvin stand at a position."""
    inside = position + 1 < len(block)
    return inside and block[position] == 0x84 and block[position + 1] == 0xAA


@compiled
def is_word(word: int, letters: np.ndarray, ends: np.ndarray, begin: int, length: int) -> bool:
    """Return whether a word is the one whose letters were just written."""
    if ends[word + 1] - ends[word] != length:
        return False
    different = 0
    for k in range(length):
        different += letters[ends[word] + k] != letters[begin + k]
    return different == 0


@compiled
def slot_of(key: np.uint64, slots: int) -> np.int64:
    """Return the slot where the search for a key begins."""
    mixed = key * _SPREAD
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(slots - 1))


@compiled
def larger(table: np.ndarray) -> np.ndarray:
    """Return the same words in a table of twice as many slots."""
    grown = np.zeros((2 * len(table), 2), np.uint64)
    for old in range(len(table)):
        if table[old, 0] != np.uint64(0):
            slot = slot_of(table[old, 0], len(grown))
            while grown[slot, 0] != np.uint64(0):
                slot = (slot + 1) & (len(grown) - 1)
            grown[slot, 0], grown[slot, 1] = table[old, 0], table[old, 1]
    return grown
