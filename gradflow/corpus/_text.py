"""Words of a text by the rules of the text8 corpus."""

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LETTERS_AND_DIGITS = bytes(
    byte if chr(byte).isascii() and (chr(byte).islower() or chr(byte).isdigit()) else ord(" ")
    for byte in range(256)
)
_SPELLED = tuple((b"%d" % digit, b" %s " % name.encode()) for digit, name in enumerate(DIGITS))


def text8_tokens(text: str) -> list[str]:
    """Split a text into words of the letters a to z.

    Letters become lower case, every digit is spelled out as a separate word, and everything else,
    accented letters included, becomes a blank. These are the rules by which M. Mahoney's text8
    corpus was made from Wikipedia (http://mattmahoney.net/dc/textdata.html), so text8 itself is
    only split.

    Args:
        text: Any text.

    Returns:
        The words, in order.

    Example:
        >>> text8_tokens("In 1905, Einstein's café.")
        ['in', 'one', 'nine', 'zero', 'five', 'einstein', 's', 'caf']
    """
    # Through bytes: a table of 256 bytes is several times faster than one of all characters, and
    # every byte of a non-ASCII character lies outside a to z, thus becomes a blank.
    blanked = text.lower().encode("utf-8", "replace").translate(_LETTERS_AND_DIGITS)
    for digit, word in _SPELLED:
        blanked = blanked.replace(digit, word)
    return blanked.decode("ascii").split()
