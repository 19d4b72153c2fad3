"""What a text is that somebody has at hand: a config, a training log that prints one, or an error of the trainer."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from pcdet_sched.config import ConfigError, load
from pcdet_sched.tracebacks import Explanation, explain

# OpenPCDet's `log_config_to_file` (pcdet/config.py, every release) prints one line for each value of the config.
_VALUE = re.compile(r"^(?:[^\n]{0,60}\s)?cfg\.([\w.]{1,200}): ([^\r\n]{0,2000})", re.MULTILINE)
_WANTED = ("OPTIMIZATION", "DATA_CONFIG")

Tree: TypeAlias = "dict[str, object]"


@dataclass(frozen=True)
class Pasted:
    """What was found in a text: `yaml` (None: no config), whether a log printed it, and the error it ends with."""

    yaml: str | None
    logged: bool = False
    error: Explanation | None = None


def understand(text: str) -> Pasted:
    r"""The config of a text, the text itself if it is one, and the error that it ends with.

    Raises:
        ConfigError: where it is neither a config, nor a log with one, nor an error.

    >>> log = "2023-05-08 10:00:00,000   INFO  cfg.OPTIMIZATION.LR: 0.003\n"
    >>> understand(log).yaml
    'OPTIMIZATION: {LR: 0.003}\n'
    >>> understand("NotImplementedError\n").error.causes[0].code
    'unknown-optimizer'
    """
    try:
        load(text)
    except ConfigError:
        logged, error = _logged(text), explain(text)
        if logged is None and error is None:
            raise
        return Pasted(logged, logged is not None, error)
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
