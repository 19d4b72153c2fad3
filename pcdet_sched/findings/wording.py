"""The words that messages are made of."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import yaml

from pcdet_sched.config import EditError
from pcdet_sched.config.write import text_of
from pcdet_sched.language import _, ngettext

if TYPE_CHECKING:
    from pcdet_sched.crash import Crash

_LONGEST = 48
_ITEMS = 6


def shown(value: object) -> str:
    """A value as the file would have it, in one short line without control characters.

    >>> shown("1e-3"), shown("0.003"), shown([1, 2, 3]), shown(None), shown(0.1)
    ('1e-3', "'0.003'", '[1, 2, 3]', 'null', '0.1')
    """
    if isinstance(value, str) and _is_plain(value):
        return value
    part = value[:_LONGEST] if isinstance(value, str) else value[:_ITEMS] if isinstance(value, list) else value
    try:
        text = text_of(part)
    except EditError:
        text = _("a {type}", type=type(value).__name__)
    if isinstance(value, list) and len(value) > _ITEMS:
        text = f"{text[:-1]}, …]"
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


@lru_cache(1024)
def _is_plain(text: str) -> bool:
    """Whether a text can stand without quotes, and so did stand without: one word that YAML reads as text."""
    if (
        not 0 < len(text) <= _LONGEST
        or not text.isascii()
        or not text.isprintable()
        or set(text) & set(" '\"#&*!|>%@`{}[]?:")
    ):
        return False
    try:
        return isinstance(yaml.safe_load(text), str)
    except (yaml.YAMLError, ValueError):
        return False


def setting(key: str, value: object) -> str:
    """`KEY: value` in backquotes."""
    return f"`{key}: {shown(value)}`"


def stops(trainer: str, crash: Crash) -> str:
    """What the trainer does about it, as a clause of a sentence.

    >>> from pcdet_sched.crash import Crash
    >>> stops("master", Crash("train", 0, "TypeError", ""))
    'so master stops at iteration 0 (TypeError)'
    """
    if crash.iteration is None:
        such = {"stage": crash.stage, "exception": crash.exception}
        return _("so {trainer} stops in stage {stage} ({exception})", trainer=trainer, **such)
    such = {"at": f"{crash.iteration:,}", "exception": crash.exception}
    return _("so {trainer} stops at iteration {at} ({exception})", trainer=trainer, **such)


def iterations(number: int) -> str:
    """A number of iterations.

    >>> iterations(1), iterations(9280)
    ('1 iteration', '9,280 iterations')
    """
    return ngettext("{n} iteration", "{n} iterations", number, n=count(number))


def epochs(number: int) -> str:
    """A number of epochs."""
    return ngettext("{n} epoch", "{n} epochs", number, n=count(number))


def count(number: int) -> str:
    """A whole number with commas, or its magnitude where nobody would read the digits.

    >>> count(9280), count(80 * 10**30)
    ('9,280', 'about 10^31')
    """
    digits = int(number.bit_length() * 0.30103)
    return f"{number:,}" if digits < 16 else _("about 10^{digits}", digits=digits)


def percent(share: float) -> str:
    """A share of a whole, with three digits.

    >>> percent(1 / 80), percent(0.25)
    ('1.25%', '25%')
    """
    return f"{share * 100:.3g}%"


def printable(line: str) -> str:
    r"""A line without control characters: what a file holds must not drive a terminal.

    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)
