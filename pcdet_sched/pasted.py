"""What a text is that somebody has at hand: a config, a training log that prints one, or an error of the trainer."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from pcdet_sched.config import ConfigError, load

# OpenPCDet's `log_config_to_file` (pcdet/config.py, every release) prints one line for each value of the config.
_VALUE = re.compile(r"^(?:[^\n]{0,60}\s)?cfg\.([\w.]{1,200}): ([^\r\n]{0,2000})", re.MULTILINE)
_TRACEBACK = "Traceback (most recent call last):"
_RAISED = re.compile(r"^(?:\w+\.)*(\w*(?:Error|Exception|Interrupt|Exit))(?:: ([^\r\n]{0,2000}))?\s*$", re.MULTILINE)
_WANTED = ("OPTIMIZATION", "DATA_CONFIG")

Tree: TypeAlias = "dict[str, object]"


@dataclass(frozen=True)
class Raised:
    """The exception that a text ends with: its type's name and its message, empty where it has none."""

    exception: str
    message: str


@dataclass(frozen=True)
class Pasted:
    """What was found in a text: `yaml` (None: no config), whether a log printed it, and the exception (None: none)."""

    yaml: str | None
    logged: bool = False
    raised: Raised | None = None


def understand(text: str) -> Pasted:
    r"""The config of a text, the text itself if it is one, and the exception that it ends with.

    Raises:
        ConfigError: where it is neither a config, nor a log with one, nor an exception.

    >>> log = "2023-05-08 10:00:00,000   INFO  cfg.OPTIMIZATION.LR: 0.003\n"
    >>> print(understand(log).yaml, end="")
    OPTIMIZATION:
      LR: 0.003
    >>> understand("NotImplementedError\n").raised
    Raised(exception='NotImplementedError', message='')
    """
    try:
        load(text)
    except ConfigError as error:
        logged, raised = _logged(text), _raised(text)
        if logged is None and raised is None:
            raise error from None
        return Pasted(logged, logged is not None, raised)
    return Pasted(text)


def _logged(text: str) -> str | None:
    """The block that a log prints, and what it says of the data, as YAML; of several runs in one log the last."""
    tree: Tree = {}
    seen: set[str] = set()
    for match in _VALUE.finditer(text):
        path = match[1]
        if path in seen:  # each run prints its config once
            tree, seen = {}, set()
        seen.add(path)
        if path.startswith(_WANTED) and "." in path:
            _put(tree, path.split("."), _value(match[2].strip()))
    if not tree.get("OPTIMIZATION"):
        return None
    return yaml.safe_dump(tree, sort_keys=False, default_flow_style=None, allow_unicode=True)


def _put(tree: Tree, steps: list[str], value: object) -> None:
    for step in steps[:-1]:
        below = tree.setdefault(step, {})
        if not isinstance(below, dict):
            return
        tree = below
    tree[steps[-1]] = value


def _value(text: str) -> object:
    """A value as Python prints it. What Python would print otherwise was a text in the config.

    >>> _value("1e-07"), _value("1e-3"), _value("adam_onecycle"), _value("[0.95, 0.85]"), _value("edict()")
    (1e-07, '1e-3', 'adam_onecycle', [0.95, 0.85], 'edict()')
    """
    try:
        value: object = ast.literal_eval(text)
        return value if str(value) == text and isinstance(value, (bool, int, float, list, dict, type(None))) else text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _raised(text: str) -> Raised | None:
    """The last exception of a text. One line alone may be one; in a longer text it must follow a traceback."""
    start = text.rfind(_TRACEBACK)
    if start < 0 and len(text.strip().splitlines()) > 1:
        return None
    found = list(_RAISED.finditer(text, max(start, 0)))
    return Raised(found[-1][1], (found[-1][2] or "").strip()) if found else None
