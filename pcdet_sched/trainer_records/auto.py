"""Which trainer a block was written for, by the keys and values that only forks know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pcdet_sched.trainer_records import CLASSIC, MASTER, TRAINERS, find

if TYPE_CHECKING:
    from pcdet_sched.trainer_records.parts import Trainer

AUTO = "auto"


@dataclass(frozen=True)
class Resolved:
    """The trainer that a run is drawn as, and why.

    `trainer` is None where the signs fit none for certain; then nothing may be drawn. `signs` are the keys that the
    trainer (for "auto", OpenPCDet) does not know, `candidates` the forks that know at least one of them. `sentence`
    says it to a user; it is empty where the trainer was chosen by hand and knows every sign.
    """

    trainer: Trainer | None
    signs: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    sentence: str = ""

    @property
    def name(self) -> str:
        """The trainer's name; "auto" where none is certain."""
        return AUTO if self.trainer is None else self.trainer.name


def resolve(name: str, block: Mapping[str, Any]) -> Resolved:
    """The trainer of a name, or, for "auto", the one that a block's signs fit.

    >>> resolve("auto", {"OPTIMIZER": "adam_onecycle"}).name
    'master'
    >>> print(resolve("auto", {"OPTIMIZER": "adamw", "SCHEDULER": "poly"}).sentence)
    OpenPCDet itself does not know `OPTIMIZER: adamw` and `SCHEDULER: poly`. Drawn as CVMI-Lab/PLA trains it.
    """
    signs = _signs(block)
    known = [trainer for trainer in TRAINERS if any(_knows(trainer, sign, block) for sign in signs)]
    names = tuple(trainer.name for trainer in known)
    spelled = tuple(signs.values())
    if name.lower() != AUTO:
        return _by_hand(find(name), signs, known, block)
    if not signs:
        return Resolved(MASTER, sentence="No sign of a fork: drawn as OpenPCDet's master trains it.")
    fitting = [trainer for trainer in known if all(_knows(trainer, sign, block) for sign in signs)]
    complete = [trainer for trainer in fitting if trainer.schedule(block) is not None]
    unknown = f"OpenPCDet itself does not know {_listed(spelled)}."
    best = complete or fitting
    if len(best) == 1:
        return Resolved(best[0], tuple(signs), names, f"{unknown} Drawn as {best[0].name} trains it.")
    if not known and "SCHEDULER" not in signs:
        return Resolved(MASTER, tuple(signs), names, f"{unknown} No known fork does either: judged as master.")
    if best:
        who = _listed(tuple(trainer.name for trainer in best))
        return Resolved(None, tuple(signs), names, f"{unknown} {who} do, and would differ: choose one by hand.")
    who = f"{_listed(names)} know a part of it, none the whole" if names else "No known fork does either"
    return Resolved(None, tuple(signs), names, f"{unknown} {who}, so no curve is drawn: choose the trainer by hand.")


def _by_hand(trainer: Trainer, signs: Mapping[str, str], known: list[Trainer], block: Mapping[str, Any]) -> Resolved:
    missed = {key: text for key, text in signs.items() if not _knows(trainer, key, block)}
    others = tuple(t.name for t in known if any(_knows(t, key, block) for key in missed))
    spelled = tuple(missed.values())
    if not others:
        return Resolved(trainer, tuple(missed))
    sentence = f"{trainer.name} does not know {_listed(spelled)}; {_listed(others)} {'do' if others[1:] else 'does'}."
    return Resolved(trainer, tuple(missed), others, sentence)


def _signs(block: Mapping[str, Any]) -> dict[str, str]:
    """Key → how the block spells it, for all that OpenPCDet does not know and a fork might."""
    signs: dict[str, str] = {}
    name = block.get("OPTIMIZER")
    if isinstance(name, str) and name and not any(t.optimizer(name) for t in (MASTER, CLASSIC)):
        signs["OPTIMIZER"] = f"`OPTIMIZER: {name}`"
    for key in block:
        if any(key in trainer.own_keys for trainer in TRAINERS):
            signs[key] = f"`{key}: {block[key]}`" if isinstance(block[key], str) else f"`{key}`"
        elif any(key in trainer.stages.names for trainer in TRAINERS) and isinstance(block[key], Mapping):
            signs[key] = f"`{key}`"
    return signs


def _knows(trainer: Trainer, key: str, block: Mapping[str, Any]) -> bool:
    if key == "OPTIMIZER":
        return trainer.optimizer(block.get(key)) is not None
    if key in trainer.stages.names:
        return True
    if key not in trainer.own_keys:
        return False
    optimizer = block.get("OPTIMIZER")
    if isinstance(optimizer, str) and trainer.optimizer(optimizer) is None:
        return False
    selection = trainer.selection
    if selection is None or selection.key != key or len(_owners(key)) == 1:
        return True
    # Several forks read the key: only a value that one of them names tells whose it is.
    return isinstance(block[key], str) and (block[key] in selection.values or block[key] in (selection.wrapped or {}))


def _owners(key: str) -> list[Trainer]:
    return [trainer for trainer in TRAINERS if key in trainer.own_keys]


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
