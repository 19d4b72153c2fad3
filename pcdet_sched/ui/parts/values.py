"""Between the values of a block and what form fields show and give back. Knows no page."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pcdet_sched.keys import Key

Field = Literal["number", "choice", "bool", "list", "text"]
_EXACT = 2**53 - 1  # the largest whole number that a browser keeps exactly


def field_for(key: Key, value: Any) -> Field:
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


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(_showable(item, whole=False) for item in value)


def _showable(value: Any, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return False
    return math.isfinite(value) and abs(value) <= _EXACT if isinstance(value, int) else math.isfinite(value)


def shown(value: Any) -> str:
    """A value as a line of YAML would hold it, for fields that take text; a text stands as it is written.

    >>> shown([0.95, 0.85]), shown("1e-3"), shown(None), shown(True)
    ('[0.95, 0.85]', '1e-3', 'null', 'True')
    """
    if value is None:
        return "null"
    if isinstance(value, list) and _numbers(value):
        return f"[{', '.join(plain(item) for item in value)}]"
    return plain(value) if _showable(value, whole=False) else str(value)


def plain(number: float) -> str:
    """A number without an exponent, as short as it reads back the same; tiny and huge ones keep theirs.

    >>> plain(1e-07), plain(0.003), plain(10), plain(3e-20)
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
    text = plain(float(value))
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


def like(value: float, other: Any) -> float:
    """`value` as an int where the one it replaces is an int and nothing is lost, so that its type stays.

    >>> like(12.0, 10), like(12.5, 10), like(12.0, 10.0)
    (12, 12.5, 12.0)
    """
    keeps = isinstance(other, int) and not isinstance(other, bool)
    return int(value) if keeps and float(value).is_integer() else value


def parsed(text: str, key: Key) -> Any:
    """What a typed text means for `key`: a number, a list of numbers, True or False, else the text itself.

    Numbers may be written `1e-3`. Empty text means "not in the file" (None). Raises ValueError with a
    sentence where the text is no value of the key's kind.

    >>> from pcdet_sched.keys import KEYS
    >>> parsed("0.95, 0.85", KEYS["MOMS"]), parsed("1e-3", KEYS["LR"]), parsed("", KEYS["BETAS"])
    ([0.95, 0.85], 0.001, None)
    >>> parsed("0.95", KEYS["MOMS"])
    Traceback (most recent call last):
    ...
    ValueError: MOMS takes 2 numbers, not 1: 0.95, 0.85
    """
    text = text.strip()
    if not text:
        return None
    if key.kind == "choice":
        return text
    if key.kind == "bool":
        return _bool(text, key)
    return _list(text, key) if key.is_list else _number(text, key, whole=key.kind == "int")


def _bool(text: str, key: Key) -> bool:
    words = {"true": True, "false": False}
    if text.lower() not in words:
        raise ValueError(f"{key.name} takes True or False, not {text}")
    return words[text.lower()]


def _list(text: str, key: Key) -> list[float]:
    body = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    items = [item.strip() for item in body.split(",") if item.strip()]
    numbers = [_number(item, key, whole=key.kind == "int") for item in items]
    if key.length is not None and len(numbers) != key.length:
        raise ValueError(f"{key.name} takes {key.length} numbers, not {len(numbers)}: {shown(key.default)[1:-1]}")
    return numbers


def _number(text: str, key: Key, *, whole: bool) -> float:
    try:
        number: float = int(text) if text.lstrip("+-").isascii() and text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        raise ValueError(f"{key.name}: {text} is not a number") from None
    if whole and not isinstance(number, int):
        if not number.is_integer():
            raise ValueError(f"{key.name} takes whole numbers, not {text}")
        return int(number)
    return number
