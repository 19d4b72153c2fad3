"""Bytes → text, so that encoding the text again gives the bytes."""

from __future__ import annotations

import codecs
import re

from pcdet_sched.config.errors import ConfigError, Position

# The characters that end a line for PyYAML.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

_WIDE = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def decode(data: str | bytes) -> str:
    """The text of a file in UTF-8, a byte order mark and the line ends kept.

    Raises:
        ConfigError: for UTF-16, UTF-32 and bytes that are not UTF-8, with the place of the first wrong one.
    """
    if isinstance(data, str):
        return data
    for mark, name in _WIDE.items():
        if data.startswith(mark):
            raise ConfigError(f"the file is in {name}: save it as UTF-8", Position(1, 1))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8"
        raise ConfigError(message, position_at(before, len(before))) from error


def position_at(text: str, index: int) -> Position:
    """Line and column of the character at `index`."""
    line, start = 1, 0
    for found in LINE_BREAK.finditer(text, 0, index):
        line, start = line + 1, found.end()
    return Position(line, index - start + 1)
