"""What PyYAML raises → one sentence with a place."""

from __future__ import annotations

import re

from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.reader import ReaderError

from pcdet_sched.config.decode import position_at
from pcdet_sched.config.errors import ConfigError, Position

_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})(?![<=>])", re.MULTILINE)

_PLAINER = {
    "expected a single document in the stream": "a second YAML document starts here; the trainer reads one",
    "found character '\\t' that cannot start any token": "a tab: YAML wants spaces here",
}


def position(mark: Mark) -> Position:
    """PyYAML's mark, counted from 1."""
    return Position(mark.line + 1, mark.column + 1)


def refused(text: str, error: YAMLError) -> ConfigError:
    """PyYAML's error, a merge conflict called by its name."""
    conflict = _CONFLICT.search(text)
    if conflict:
        message = f"a merge conflict is not resolved here ({conflict.group()})"
        return ConfigError(message, position_at(text, conflict.start()))
    if isinstance(error, ReaderError):
        return _bad_character(text, error)
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return ConfigError(_sentence(error), position(mark) if mark else None)
    return ConfigError(str(error))


def leaked(error: Exception, mark: Mark | None) -> ConfigError:
    """What PyYAML's scanner and parser let through, such as the ValueError of an impossible escape."""
    message = f"PyYAML stops here with {type(error).__name__} ({_short(str(error))})"
    return ConfigError(message, position(mark) if mark else None)


def unreadable(node: Node) -> str:
    """A value that its own tag's reader cannot read, such as the date 2001-13-45."""
    tag = node.tag.rpartition(":")[2]
    written = repr(_short(node.value, 40)) if isinstance(node, ScalarNode) else kind_of(node)
    return f"{written} cannot be read as {'date' if tag == 'timestamp' else tag}"


def kind_of(node: Node) -> str:
    """What a collection is called."""
    return "a mapping" if isinstance(node, MappingNode) else "a list"


def _sentence(error: MarkedYAMLError) -> str:
    problem = _short(str(error.problem or error.context))
    for theirs, ours in _PLAINER.items():
        if theirs in (error.context or "") or theirs in problem:
            return ours
    return f"{problem} ({_short(error.context)})" if error.context and error.problem else problem


def _bad_character(text: str, error: ReaderError) -> ConfigError:
    message = f"the character U+{int(error.character):04X} is not allowed in YAML"
    return ConfigError(message, position_at(text, int(error.position)))


def _short(words: str, length: int = 120) -> str:
    return words if len(words) <= length else words[:length] + "…"
