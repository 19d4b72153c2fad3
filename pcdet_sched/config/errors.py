"""What reading and writing a file may raise, and PyYAML's own errors as one sentence with a place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.reader import ReaderError

from pcdet_sched.language import _

# The characters that end a line for PyYAML.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})(?![<=>])", re.MULTILINE)

_PLAINER = {
    "expected a single document in the stream": "a second YAML document starts here; the trainer reads one",
    "found character '\\t' that cannot start any token": "a tab: YAML wants spaces here",
}


@dataclass(frozen=True)
class Position:
    """A place in the text; the line and the column count from 1, the column in characters."""

    line: int
    column: int


class ConfigError(ValueError):
    """The text is no file that the trainer could read: `message`, and where known `line` and `column` from 1.

    >>> error = ConfigError("the file is empty", Position(1, 1))
    >>> str(error), error.line
    ('line 1, column 1: the file is empty', 1)
    """

    def __init__(self, message: str, position: Position | None = None) -> None:
        super().__init__(message, position)
        self.message = message
        self.line = position.line if position else None
        self.column = position.column if position else None

    def __str__(self) -> str:
        if self.line is None:
            return self.message
        return _("line {line}, column {column}: {message}", line=self.line, column=self.column, message=self.message)


class NoBlockError(ConfigError):
    """A YAML file that has no key OPTIMIZATION at any level: a data set's, for example."""


class EditError(ValueError):
    """An edit that cannot be written into the file so that it reads back as meant; nothing is handed out."""


def position(mark: Mark) -> Position:
    """PyYAML's mark, counted from 1."""
    return Position(mark.line + 1, mark.column + 1)


def position_at(text: str, index: int) -> Position:
    """Line and column of the character at `index`."""
    line, start = 1, 0
    for found in LINE_BREAK.finditer(text, 0, index):
        line, start = line + 1, found.end()
    return Position(line, index - start + 1)


def refused(text: str, error: YAMLError) -> ConfigError:
    """PyYAML's error, a merge conflict called by its name."""
    conflict = _CONFLICT.search(text)
    if conflict:
        message = _("a merge conflict is not resolved here ({marker})", marker=conflict.group())
        return ConfigError(message, position_at(text, conflict.start()))
    if isinstance(error, ReaderError):
        message = _("the character U+{code:04X} is not allowed in YAML", code=int(error.character))
        return ConfigError(message, position_at(text, int(error.position)))
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return ConfigError(_sentence(error), position(mark) if mark else None)
    return ConfigError(str(error))


def leaked(error: Exception, mark: Mark | None) -> ConfigError:
    """What PyYAML's scanner and parser let through, such as the ValueError of an impossible escape."""
    message = _("PyYAML stops here with {name} ({text})", name=type(error).__name__, text=_short(str(error)))
    return ConfigError(message, position(mark) if mark else None)


def unreadable(node: Node) -> str:
    """A value that its own tag's reader cannot read, such as the date 2001-13-45."""
    tag = node.tag.rpartition(":")[2]
    written = repr(_short(node.value, 40)) if isinstance(node, ScalarNode) else kind_of(node)
    return _("{written} cannot be read as {kind}", written=written, kind="date" if tag == "timestamp" else tag)


def kind_of(node: Node) -> str:
    """What a collection is called."""
    return "a mapping" if isinstance(node, MappingNode) else "a list"


def _sentence(error: MarkedYAMLError) -> str:
    problem = _short(str(error.problem or error.context))
    for theirs, ours in _PLAINER.items():
        if theirs in (error.context or "") or theirs in problem:
            return ours
    return f"{problem} ({_short(error.context)})" if error.context and error.problem else problem


def _short(words: str, length: int = 120) -> str:
    return words if len(words) <= length else words[:length] + "…"
