"""The language that a user reads: English in the source, any other from a gettext catalogue.

A sentence stands in English where it is said and is the key of its translation. Values go in by name, after the
translation, so that a language may order them as it likes:

>>> from pcdet_sched.language import _, ngettext
>>> _("LR: {new} (was {old})", new=0.0045, old=0.003)
'LR: 0.0045 (was 0.003)'
>>> ngettext("{n} key", "{n} keys", 2, n=2)
'2 keys'
"""

from __future__ import annotations

from contextvars import ContextVar
from gettext import NullTranslations

_CATALOGUE: ContextVar[NullTranslations] = ContextVar("catalogue", default=NullTranslations())  # noqa: B039 - it has no state


def _(message: str, /, **values: object) -> str:
    """A sentence in the language in force, with the values put in by their names."""
    text = _CATALOGUE.get().gettext(message)
    return text.format(**values) if values else text


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """The same where the wording goes by a count."""
    text = _CATALOGUE.get().ngettext(one, many, count)
    return text.format(**values) if values else text


def N_(message: str, /) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a sentence of a table for the catalogue; it is translated where it is shown, with `_(sentence)`."""
    return message
