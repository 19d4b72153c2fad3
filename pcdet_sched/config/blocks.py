"""Which mappings of a document are blocks, which of them is meant, and what a stage takes from around it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pcdet_sched.config.errors import ConfigError, NoBlockError, Position
from pcdet_sched.config.tree import dotted
from pcdet_sched.config.values import Path, at
from pcdet_sched.language import N_, _
from pcdet_sched.trainer_records import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

OPTIMIZATION = "OPTIMIZATION"

_NAMES = {list: N_("a list"), str: N_("a string"), type(None): N_("empty"), dict: N_("a mapping")}


def choose(document: object, wanted: str | None, where: Callable[[Path], Position]) -> tuple[str, dict[str, Path]]:
    """The chosen block's dotted path, and all that can be chosen.

    By default OPTIMIZATION, unless only mappings inside it say which OPTIMIZER to use; then the first of these. Where
    the file has no OPTIMIZATION of its own, the first one further in, as MODEL.TRAIN.OPTIMIZATION of OpenPCDet v0.1.
    `where` gives the place of the value at a path.

    Raises:
        ConfigError: when it is no mapping with a mapping OPTIMIZATION in it, or has no block of that name.
    """
    found = _blocks(_required(document, where))
    inside = [path for path, _value in mappings(document) if path[-1:] == (OPTIMIZATION,)]
    chosen = _named({**{dotted(path): path for path in inside}, **found}, wanted) if wanted is not None else None
    if wanted is not None and chosen is None:
        names = ", ".join(dict.fromkeys([*found, *map(dotted, inside)]))
        raise ConfigError(
            _("there is no block {wanted}; the file has {names}", wanted=wanted, names=names), Position(1, 1)
        )
    path = chosen or _default(document, found, inside)
    return dotted(path), found if dotted(path) in found else {dotted(path): path} | found


def _blocks(document: dict[object, object]) -> dict[str, Path]:
    """Every mapping that holds OPTIMIZER and LR, by its dotted path, in the order of the file; OPTIMIZATION first."""
    found = {dotted(path): path for path, value in mappings(document) if "OPTIMIZER" in value and "LR" in value}
    first = {OPTIMIZATION: found[OPTIMIZATION]} if OPTIMIZATION in found else {}
    return first | found


def _named(found: dict[str, Path], name: str) -> Path | None:
    """The block of that dotted path, or the only one whose path ends so."""
    close = [path for key, path in found.items() if key.endswith("." + name)]
    return found.get(name) or (close[0] if len(close) == 1 else None)


def _default(document: Any, found: dict[str, Path], inside: list[Path]) -> Path:
    if OPTIMIZATION not in document:
        return next((path for path in inside if "OPTIMIZER" in at(document, path)), inside[0])
    nested = [path for path in found.values() if len(path) > 1 and path[0] == OPTIMIZATION]
    return (OPTIMIZATION,) if "OPTIMIZER" in document[OPTIMIZATION] or not nested else nested[0]


def _required(document: object, where: Callable[[Path], Position]) -> dict[object, object]:
    if not isinstance(document, dict):
        message = _(
            "the file is {kind}; it has to be a mapping with {optimization} in it",
            kind=_kind(document),
            optimization=OPTIMIZATION,
        )
        raise NoBlockError(message, where(()))
    if OPTIMIZATION not in document and all(path[-1:] != (OPTIMIZATION,) for path, _value in mappings(document)):
        close = difflib.get_close_matches(OPTIMIZATION, [key for key in document if isinstance(key, str)], 1)
        said = {"key": OPTIMIZATION, "close": close[0] if close else ""}
        with_hint, plain = (
            N_("there is no {key} in the file (did you mean {close}?)"),
            N_("there is no {key} in the file"),
        )
        raise NoBlockError(_(with_hint if close else plain, **said), where(()))
    if not isinstance(document.get(OPTIMIZATION, {}), dict):
        message = _(
            "{optimization} is {kind}; it has to be a mapping of keys",
            optimization=OPTIMIZATION,
            kind=_kind(document[OPTIMIZATION]),
        )
        raise ConfigError(message, where((OPTIMIZATION,)))
    return document


def _kind(value: object) -> str:
    name = _NAMES.get(type(value))
    return _("a {type}", type=type(value).__name__) if name is None else _(name)


def mappings(value: object, path: Path = ()) -> Iterator[tuple[Path, dict[object, object]]]:
    """Every mapping in a value that string keys and numbers of items lead to, outer ones first."""
    if isinstance(value, dict):
        yield path, value
        for key, part in value.items():
            if isinstance(key, str):
                yield from mappings(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from mappings(part, (*path, number))


def stages(paths: Iterable[Path]) -> dict[str, Path]:
    """The blocks inside OPTIMIZATION by their last names, or by the whole path inside it where two share that.

    >>> list(stages([("OPTIMIZATION", "PRETRAIN"), ("OPTIMIZATION", "SEMI_SUP_LEARNING", "STUDENT")]))
    ['PRETRAIN', 'STUDENT']
    """
    inside = [path for path in paths if len(path) > 1 and path[0] == OPTIMIZATION]
    last = [path[-1] for path in inside]
    return {str(path[-1]) if last.count(path[-1]) == 1 else dotted(path[1:]): path for path in inside}


def inherited(document: object, path: Path) -> dict[str, Path]:
    """Batch size and epochs that the stage at `path` takes from around it: each key and where its value stands.

    Source: the semi-supervised and active-learning scripts of PJLab-ADG/3DTrans.

    >>> document = {"OPTIMIZATION": {"NUM_EPOCHS": 60, "DISCRIMINATOR": {"LR": 0.01}}}
    >>> inherited(document, ("OPTIMIZATION", "DISCRIMINATOR"))
    {'NUM_EPOCHS': ('OPTIMIZATION', 'NUM_EPOCHS')}
    """
    if len(path) < 2 or path[0] != OPTIMIZATION or path[-1] in STAGES.alone:
        return {}
    around, own = at(document, path[:-1]), at(document, path)
    found = {}
    for key, names in STAGES.taken.items():
        name = next((name for name in names if isinstance(around, dict) and name in around), None)
        if name is not None and key not in own:
            found[key] = (*path[:-1], name)
    return found
