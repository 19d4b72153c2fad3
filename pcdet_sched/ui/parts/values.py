"""How form fields show the values of a block; what is typed into them, `Key.parse` reads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeGuard

from pcdet_sched.config import EditError
from pcdet_sched.config.write import text_of
from pcdet_sched.key import is_number

if TYPE_CHECKING:
    from pcdet_sched.key import Key

Field = Literal["number", "choice", "bool", "list", "text"]
_EXACT = 2**53 - 1  # the largest whole number that a browser keeps exactly


def field_for(key: Key, value: object) -> Field:
    """The field that can show `value` as it is; "text" where the value is not of the key's own kind.

    >>> from pcdet_sched.keys import KEYS
    >>> field_for(KEYS["LR"], 0.003), field_for(KEYS["LR"], "1e-3"), field_for(KEYS["NUM_EPOCHS"], 80.0)
    ('number', 'text', 'text')
    """
    if key.kind == "choice":
        return "choice" if value is None or isinstance(value, str) else "text"
    if key.kind == "bool":
        return "bool" if value is None or isinstance(value, bool) else "text"
    if key.is_list:
        return "list" if value is None or _numbers(value) else "text"
    return "number" if value is None or _showable(value, whole=key.kind == "int") else "text"


def _numbers(value: object) -> TypeGuard[list[float]]:
    return isinstance(value, list) and all(_showable(item, whole=False) for item in value)


def _showable(value: object, *, whole: bool) -> TypeGuard[float]:
    if not is_number(value) or (whole and not isinstance(value, int)):
        return False
    return abs(value) <= _EXACT if isinstance(value, int) else math.isfinite(value)


def typed(value: object) -> str:
    """A value as a line of YAML would hold it, for fields that take text; a text stands as it is written.

    >>> typed([0.95, 0.85]), typed("1e-3"), typed(None), typed(True), typed({"LR": 0.01})
    ('[0.95, 0.85]', '1e-3', 'null', 'True', '{LR: 0.01}')
    """
    if value is None:
        return "null"
    if _numbers(value):
        return f"[{', '.join(written(item) for item in value)}]"
    if isinstance(value, (Mapping, list)):
        with suppress(EditError, RecursionError):  # what YAML has no way to say stands as Python has it
            return text_of(value)
    return written(value) if _showable(value, whole=False) else str(value)


def as_yaml(name: str, value: object) -> str:
    """A key with its value as lines of YAML: a mapping, such as a stage, under its key.

    >>> print(as_yaml("STUDENT", {"LR": 0.003, "DECAY_STEP_LIST": [35, 45]}))
    STUDENT:
      LR: 0.003
      DECAY_STEP_LIST: [35, 45]
    """
    if isinstance(value, Mapping):
        lines = [line for item in value.items() for line in as_yaml(*item).splitlines()]
        return "\n".join([f"{name}:", *(f"  {line}" for line in lines)]) if lines else f"{name}: {{}}"
    return f"{name}: {typed(value)}"


def written(number: float) -> str:
    """A number without an exponent, as short as it reads back the same; tiny and huge ones keep theirs.

    >>> written(1e-07), written(0.003), written(10), written(3e-20)
    ('0.0000001', '0.003', '10', '3e-20')
    """
    text = repr(number)
    if number == 0 or not 1e-12 <= abs(number) < 1e15 or "e" not in text:
        return text
    return f"{Decimal(text):f}"


def number_format(value: float | None) -> str:
    """The printf format under which a number field shows all digits of a float and no more, without an exponent.

    A browser writes a number that way by itself unless it is tiny or huge, so that one format does for nearly all.

    >>> number_format(0.003), number_format(1e-07), number_format(3e-20)
    ('%s', '%.7f', '%s')
    """
    if value is None or 1e-6 <= abs(value) < 1e21:
        return "%s"
    text = written(float(value))
    digits = text.partition(".")[2].rstrip("0")
    return "%s" if "e" in text or not digits else f"%.{len(digits)}f"


def step_for(value: float | None) -> float:
    """A tenth of the value's own power of ten: the step of the arrows beside a number.

    >>> step_for(0.003), step_for(10.0), step_for(None)
    (0.0001, 1.0, 0.001)
    """
    if not value:
        return 0.001
    return float(f"1e{math.floor(math.log10(abs(value))) - 1}")
