"""The loop that turns bytes into word ids by the rules of `text8_tokens`."""

import numpy as np

from gradflow._compiled import compiled

LINE_END, DIGIT, DOTTED_I, KELVIN = 1, 2, 12, 13  # 0: a blank, 2 to 11 are the ten digits

# Letters that fit into a key, and the bit that says that there are more.
SHORT, LONG = 12, np.uint64(1 << 63)

# Where a run of the loop left off.
USED, WORDS, DOCUMENTS, TOKENS, IN_DOCUMENT = range(5)


def byte_kinds() -> np.ndarray:
    """What each byte means, (256,) uint8: a letter itself in lower case, or one of the kinds.

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

    A word's key is made of five bits a letter, turned around where there are more than twelve.
    Shorter words are equal where their keys are, so that the table alone, one cache line a word,
    tells them apart; longer ones have the highest bit set and are compared letter by letter.

    Args:
        block: (n,) bytes of UTF-8 that begin and end beside a word.
        kinds: Of `byte_kinds`.
        spelled: (10, 5) letters of the digits, filled up with zeros.
        letters: Letters of all words, end to end, with room for n more and a few.
        ends: Word w is letters[ends[w]:ends[w + 1]]; room for n + 1 more.
        counts: Occurrences of each word, the same room.
        table: Hash table, (a power of two, 2): key and id, or 0 where the slot is free.
        state: The five numbers named above, changed in place.
        ids: Room for n + 1 of them.

    Returns:
        How many ids were written, and how many bytes were read; fewer than n where more than half
        of the table came to be full. To let a larger one take its place in here costs as much as
        all the rest, since Numba then counts references to it.
    """
    size, used, words, tokens = len(block), state[0], state[1], state[3]
    written, position, at_end = 0, 0, False
    here, key, in_document = used, np.uint64(0), state[4]
    while not at_end:
        at_end = position == size
        kind = np.uint8(0) if at_end else kinds[block[position]]
        position += 1
        if kind > 13:
            letters[here] = kind
            here += 1
            key = with_letter(key, kind)
            continue
        if kind == 12 and position < size and block[position] == 0xB0:
            position += 1  # the i of this word; its dot ends it
            letters[here] = 105
            here += 1
            key = with_letter(key, np.uint8(105))
        elif kind == 13 and ends_kelvin(block, position):
            position += 2
            letters[here] = 107
            here += 1
            key = with_letter(key, np.uint8(107))
            continue
        digit = np.int64(kind) - 2 if 2 <= kind <= 11 else np.int64(-1)
        while True:  # once for the word that ends here, once more for a digit
            if here > used:
                length = here - used
                if length > SHORT:
                    key |= LONG
                # As a function of its own this search makes the whole 1.8 times as slow.
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
                    used = here
                    ends[words] = used
                    counts[word] = 0
                else:
                    word = np.int64(table[slot, 1])
                counts[word] += 1
                ids[written] = word
                written += 1
                tokens += 1
                in_document = 1
                here, key = used, np.uint64(0)
            if digit < 0:
                break
            for letter in spelled[digit]:
                if letter:
                    letters[here] = letter
                    here += 1
                    key = with_letter(key, letter)
            digit = np.int64(-1)
        if kind == 1 and in_document:
            ids[written] = -1
            written += 1
            state[2] += 1
            in_document = 0
        if 2 * words > len(table):
            break
    state[0], state[1], state[3], state[4] = used, words, tokens, in_document
    return written, position


@compiled
def with_letter(key: np.uint64, letter: np.uint8) -> np.uint64:
    """The key of a word and one more letter."""
    return ((key << np.uint64(5)) | (key >> np.uint64(59))) ^ np.uint64(letter & 31)


@compiled
def ends_kelvin(block: np.ndarray, position: int) -> bool:
    """Whether the last two bytes of the sign of the kelvin are here."""
    inside = position + 1 < len(block)
    return inside and block[position] == 0x84 and block[position + 1] == 0xAA


@compiled
def is_word(word: int, letters: np.ndarray, ends: np.ndarray, begin: int, length: int) -> bool:
    """Whether a word is the one whose letters were just written."""
    if ends[word + 1] - ends[word] != length:
        return False
    different = 0
    for k in range(length):
        different += letters[ends[word] + k] != letters[begin + k]
    return different == 0


@compiled
def slot_of(key: np.uint64, slots: int) -> np.int64:
    """Where a key is looked for first."""
    mixed = key * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(slots - 1))


@compiled
def larger(table: np.ndarray) -> np.ndarray:
    """The same words in a table of twice as many slots."""
    grown = np.zeros((2 * len(table), 2), np.uint64)
    for old in range(len(table)):
        if table[old, 0] != np.uint64(0):
            slot = slot_of(table[old, 0], len(grown))
            while grown[slot, 0] != np.uint64(0):
                slot = (slot + 1) & (len(grown) - 1)
            grown[slot, 0], grown[slot, 1] = table[old, 0], table[old, 1]
    return grown
