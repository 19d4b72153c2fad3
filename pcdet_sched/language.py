"""The language that a user reads: English in the source, any other from a gettext catalogue.

A sentence stands in English where it is said and is the key of its translation. Values go in by name, after the
translation, so that a language may order them as it likes:

>>> _("LR: {new} (was {old})", new=0.0045, old=0.003)
'LR: 0.0045 (was 0.003)'
>>> ngettext("{n} key", "{n} keys", 2, n=2)
'2 keys'

A language is a folder of `locale/` with a catalogue in it. The wheel has it compiled; in a checkout it is compiled in
memory when it is first asked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, reduce
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

SOURCE = "en"
ENVIRONMENT = "PCDET_SCHED_LANG"
FOLDERS = "PCDET_SCHED_LOCALES"
"""More folders with catalogues, separated as in PATH: to try a language before it is part of the package."""

_DOMAIN = "pcdet_sched"
_PLAIN = NullTranslations()
_NAME = re.compile(r"[a-z]+[_\d]|(lr|momentum|sgd|adamw?)\b")
_IN_FORCE: ContextVar[tuple[str, NullTranslations]] = ContextVar("language", default=(SOURCE, _PLAIN))


def _(message: str, /, **values: object) -> str:
    """A sentence in the language in force, with the values put in by their names."""
    text = _IN_FORCE.get()[1].gettext(message)
    return text.format(**values) if values else text


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """The same where the wording goes by a count."""
    text = _IN_FORCE.get()[1].ngettext(one, many, count)
    return text.format(**values) if values else text


def N_(message: str, /) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a sentence of a table for the catalogue; it is translated where it is shown, with `_(sentence)`."""
    return message


def row(texts: Iterable[str], /) -> str:
    """Texts in a row, with what the language writes between them.

    >>> row(["LR", "MOMS"])
    'LR, MOMS'
    """
    return _(", ").join(texts)


def headed(head: str, text: str, /) -> str:
    """A text behind the word that it is about; the colon is the language's.

    >>> headed("LR", "not there")
    'LR: not there'
    """
    return _("{head}: {text}", head=head, text=text)


def stopped(text: str, /) -> str:
    """A text that is no sentence yet, with the language's full stop.

    >>> stopped("this is no YAML")
    'this is no YAML.'
    """
    return _("{text}.", text=text)


def begun(text: str, /) -> str:
    """A text with a capital at its beginning, unless it begins with a name in code.

    >>> begun("an lr is a number"), begun("adam_onecycle cannot be written"), begun("lr is a number")
    ('An lr is a number', 'adam_onecycle cannot be written', 'lr is a number')
    """
    return text if _NAME.match(text) else text[:1].upper() + text[1:]


def listed(words: Iterable[str], /) -> str:
    """Words in a row, the last one after an "and"; nothing for none.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *first, last = words or ("",)
    return _("{first} and {last}", first=row(first), last=last) if first else last


def prose(*sentences: str) -> str:
    """Sentences that follow each other, those that are not empty.

    >>> prose("One.", "", "Two.")
    'One. Two.'
    """
    said = [sentence for sentence in sentences if sentence]
    return reduce(lambda first, rest: _("{first} {rest}", first=first, rest=rest), said) if said else ""


def current() -> str:
    """The language in force in this thread, as its folder is called; "en" unless one was chosen."""
    return _IN_FORCE.get()[0]


def speak(tag: str) -> None:
    """Choose the language of this thread: a tag as browsers and locales spell it; English where there is no such one.

    >>> speak("xx")
    >>> current()
    'en'
    """
    found = _matching(tag)
    _IN_FORCE.set((found, _catalogue(found)))


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """The same for the length of a `with`.

    >>> with speaking("zh-CN"):
    ...     current()
    'zh_Hans'
    """
    token = _IN_FORCE.set(_IN_FORCE.get())
    try:
        speak(tag)
        yield
    finally:
        _IN_FORCE.reset(token)


def languages() -> dict[str, str]:
    """Every language by its tag, with the name that it has for itself.

    >>> languages()
    {'en': 'English', 'zh_Hans': '中文 (简体)'}
    """
    from babel import Locale

    tags = (SOURCE, *catalogues())
    return {tag: Locale.parse(tag).get_display_name(tag) or tag for tag in tags}


def of_the_terminal() -> str:
    """What a command is to speak: PCDET_SCHED_LANG, else the locale of the environment (LC_ALL, LC_MESSAGES, LANG)."""
    wanted = (os.environ.get(name) for name in (ENVIRONMENT, "LC_ALL", "LC_MESSAGES", "LANG"))
    return next((tag for tag in wanted if tag), SOURCE)


@cache
def catalogues() -> dict[str, Path]:
    """The file of each language but English, `.po`, by the language's tag."""
    more = map(Path, filter(None, os.environ.get(FOLDERS, "").split(os.pathsep)))
    found = [
        path
        for place in (Path(__file__).parent / "locale", *more)
        for path in place.glob(f"*/LC_MESSAGES/{_DOMAIN}.po")
    ]
    return {path.parents[1].name: path for path in sorted(found)}


@cache
def _matching(tag: str) -> str:
    """The catalogue whose language and script are those that the tag means, else one of that language, else English."""
    tag = tag.partition(".")[0].replace("-", "_")
    if tag in catalogues():
        return tag
    if tag.partition("_")[0] in (SOURCE, "C", "POSIX", ""):
        return SOURCE
    from babel import Locale, UnknownLocaleError

    try:
        wanted = Locale.parse(tag)
    except (UnknownLocaleError, ValueError):
        return SOURCE
    own = [name for name in catalogues() if Locale.parse(name).language == wanted.language]
    return next((name for name in own if Locale.parse(name).script == wanted.script), next(iter(own), SOURCE))


@cache
def _catalogue(tag: str) -> NullTranslations:
    if tag == SOURCE:
        return _PLAIN
    source = catalogues()[tag]
    compiled = source.with_suffix(".mo")
    if compiled.is_file():
        return GNUTranslations(BytesIO(compiled.read_bytes()))
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    memory = BytesIO()
    with source.open("rb") as text:
        write_mo(memory, read_po(text))
    memory.seek(0)
    return GNUTranslations(memory)
