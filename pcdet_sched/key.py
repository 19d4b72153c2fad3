"""What one OPTIMIZATION key may hold, and how a value of it is read: from a form, and where its author erred."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from pcdet_sched.language import _, row
from pcdet_sched.trainer_records import MASTER, Trainer, Use

Kind = Literal["int", "float", "bool", "choice", "float list", "int list"]
Stage = Literal["config", "dataloader", "build_optimizer", "build_scheduler", "train"]

_TRUE = ("true", "yes", "on", "1")
# A whole number beyond this fits no machine word, and neither torch nor range() takes it.
_WORD = 2**63
# A longer whole number is no float any more.
_FLOAT_BITS = 1023


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is an int or a float, nan and the infinities included; True and False are not.

    >>> is_number(3), is_number(float("nan")), is_number(True), is_number("3")
    (True, True, False, False)
    """
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def like(value: float, other: object) -> float:
    """`value` as an int where the one it replaces is an int and nothing is lost, so that its type stays.

    >>> like(12.0, 10), like(12.5, 10), like(12.0, 10.0)
    (12, 12.5, 12.0)
    """
    return int(value) if is_number(other) and isinstance(other, int) and float(value).is_integer() else value


def as_number(value: object) -> float | None:
    """A number, or what a text reads as (a comma may be the dot); None for anything else, such as nan.

    >>> as_number("1e-3"), as_number("0,01"), as_number(4), as_number(True), as_number("abc")
    (0.001, 0.01, 4, None, None)
    """
    if isinstance(value, str):
        value = _read(value)
    if not is_number(value):
        return None
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value if value.bit_length() <= _FLOAT_BITS else None


def _read(text: str) -> float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Key:
    """One key of an OPTIMIZATION block. Ranges are soft: outside of them the trainer may still run.

    The texts are English, marked for the catalogue: whoever shows one translates it.
    """

    name: str
    group: str
    kind: Kind
    meaning: str
    stage: Stage
    """The trainer's stage that reads it first; an absent required key is an AttributeError there."""
    default: Any
    """What the form writes when the key is added to a block that lacks it."""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    open_minimum: bool = False
    open_maximum: bool = False
    choices: tuple[str, ...] = ()
    length: int | None = None
    """How many entries a list must have; None: any number."""
    optional: bool = False
    """True: the trainer does without it and takes `default` (or False) on its own."""
    share: bool = False
    """True: a part of 1, of which two values are compared by their difference; of others by their ratio."""
    traps: tuple[str, ...] = ()

    def use(self, optimizer: str, trainer: Trainer = MASTER) -> Use:
        """What an optimizer of a trainer does with the key, before LR_WARMUP and mixed precision are looked at."""
        return trainer.use(self.name, {"OPTIMIZER": optimizer})

    @property
    def is_list(self) -> bool:
        """Whether the value is a list of numbers."""
        return self.kind in ("float list", "int list")

    @property
    def is_whole(self) -> bool:
        """Whether the value, or each number of the list, is a whole number."""
        return self.kind in ("int", "int list")

    @property
    def type_text(self) -> str:
        """The type in words, with the length or the choices.

        >>> from pcdet_sched.keys import KEYS
        >>> KEYS["MOMS"].type_text, KEYS["LR_WARMUP"].type_text
        ('list of 2 floats', 'True or False')
        """
        match self.kind:
            case "choice":
                return _("one of {choices}", choices=row(self.choices))
            case "float list":
                return _("list of floats") if self.length is None else _("list of {n} floats", n=self.length)
            case "int list":
                return _("list of ints") if self.length is None else _("list of {n} ints", n=self.length)
            case "int":
                return _("whole number")
            case "float":
                return _("number")
            case "bool":
                return _("True or False")

    @property
    def range_text(self) -> str:
        """The soft range in words; empty if absent.

        >>> from pcdet_sched.keys import KEYS
        >>> KEYS["LR"].range_text, KEYS["MOMENTUM"].range_text, KEYS["NUM_EPOCHS"].range_text
        ('above 0, up to 1', 'from 0, below 1', 'from 1')
        """
        parts = []
        if self.minimum is not None:
            low = f"{self.minimum:g}"
            parts.append(_("above {low}", low=low) if self.open_minimum else _("from {low}", low=low))
        if self.maximum is not None:
            high = f"{self.maximum:g}"
            parts.append(_("below {high}", high=high) if self.open_maximum else _("up to {high}", high=high))
        return row(parts)

    def in_range(self, value: object) -> bool:
        """Whether a number, or every number of a list, lies in the soft range; False for anything else.

        >>> from pcdet_sched.keys import KEYS
        >>> KEYS["PCT_START"].in_range(0.4), KEYS["PCT_START"].in_range(1.0), KEYS["MOMS"].in_range([0.95, 2])
        (True, False, False)
        """
        if isinstance(value, list):
            return all(self.in_range(v) for v in value)
        if not is_number(value) or value != value:  # noqa: PLR0124 - nan; a long int is no float for math.isnan
            return False
        low, high = self.minimum, self.maximum
        above = low is None or (value > low if self.open_minimum else value >= low)
        below = high is None or (value < high if self.open_maximum else value <= high)
        return above and below

    def is_sound(self, value: object) -> bool:
        """Whether a value is of the key's type and in its range, so that no release has a reason to refuse it."""
        if self.kind == "bool":
            return isinstance(value, bool)
        if self.kind == "choice":
            return isinstance(value, str) and value in self.choices
        if self.is_list:
            fits = isinstance(value, list) and self.length in (None, len(value))
            return fits and isinstance(value, list) and all(map(self._sound_number, value))
        return self._sound_number(value)

    def _sound_number(self, value: object) -> bool:
        if not is_number(value) or not self.in_range(value):
            return False
        return abs(value) < _WORD if isinstance(value, int) else not self.is_whole and math.isfinite(value)

    def mended(self, value: object) -> object:
        """A sound value in place of one that is not: what it reads as, else the default.

        >>> from pcdet_sched.keys import KEYS
        >>> KEYS["LR"].mended("1e-3"), KEYS["NUM_EPOCHS"].mended(80.0), KEYS["MOMS"].mended(["0.95", "0.85"])
        (0.001, 80, [0.95, 0.85])
        >>> KEYS["LR"].mended("abc")
        0.003
        """
        meant = self.as_meant(value)
        return meant if self.is_sound(meant) else self.default

    def as_meant(self, value: object) -> object:
        """What a value reads as in the key's own type, sound or not; None where it reads as nothing."""
        if self.kind == "bool":
            return value.strip().lower() in _TRUE if isinstance(value, str) else bool(value)
        if not isinstance(value, list):
            return None if self.is_list else self._nearest(value)
        items = [self._nearest(item) for item in value]
        return items if self.is_list and None not in items else None

    def _nearest(self, value: object) -> float | None:
        number = as_number(value)
        if number is None or not math.isfinite(number):
            return None
        return round(number) if self.is_whole else number

    def parse(self, text: str) -> object:
        """What a typed text means for the key: a number, a list of numbers, True or False, else the text itself.

        Numbers may be written `1e-3`. Empty text means "not in the file" (None). Raises ValueError with a
        sentence where the text is no value of the key's kind.

        >>> from pcdet_sched.keys import KEYS
        >>> KEYS["MOMS"].parse("0.95, 0.85"), KEYS["LR"].parse("1e-3"), KEYS["BETAS"].parse("")
        ([0.95, 0.85], 0.001, None)
        >>> KEYS["MOMS"].parse("0.95")
        Traceback (most recent call last):
        ...
        ValueError: MOMS takes 2 numbers, not 1: 0.95, 0.85
        """
        text = text.strip()
        if not text:
            return None
        if self.kind == "choice":
            return text
        if self.kind == "bool":
            if text.lower() not in ("true", "false"):
                raise ValueError(_("{key} takes True or False, not {text}", key=self.name, text=text))
            return text.lower() == "true"
        return self._parse_list(text) if self.is_list else self._parse_number(text)

    def _parse_list(self, text: str) -> list[float]:
        body = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        # A fraction in a list of whole numbers is left to the check, which says what the trainer does with it.
        numbers = [self._parse_number(item) for part in body.split(",") if (item := part.strip())]
        if self.length is not None and len(numbers) != self.length:
            such = {"n": self.length, "count": len(numbers), "default": str(self.default)[1:-1]}
            raise ValueError(_("{key} takes {n} numbers, not {count}: {default}", key=self.name, **such))
        return numbers

    def _parse_number(self, text: str) -> float:
        try:
            number: float = int(text) if text.lstrip("+-").isascii() and text.lstrip("+-").isdigit() else float(text)
        except ValueError:
            raise ValueError(_("{key}: {text} is not a number", key=self.name, text=text)) from None
        if self.kind == "int" and not isinstance(number, int):
            if not number.is_integer():
                raise ValueError(_("{key} takes whole numbers, not {text}", key=self.name, text=text))
            return int(number)
        return number
