"""Which trainer a block was written for, by the keys and values that only forks know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pcdet_sched.language import _, listed, ngettext
from pcdet_sched.trainer_records import CLASSIC, MASTER, TRAINERS, find

if TYPE_CHECKING:
    from pcdet_sched.trainer_records.parts import Trainer

AUTO = "auto"
"""The trainer is taken from the block's signs."""


@dataclass(frozen=True)
class Resolved:
    """The trainer that a run is drawn as, and why.

    `trainer` is None where the signs fit none for certain; then nothing may be drawn. `signs` are the keys that the
    trainer (for "auto", OpenPCDet) does not know, each with how the block spells it, `candidates` the forks that know
    at least one of them. `how` it was found: chosen by hand, for want of any sign, since all signs fit, since no known
    fork knows one either; and for no trainer: since several fit, since some fit in part, since none fits.
    """

    trainer: Trainer | None
    how: Literal["by hand", "no sign", "fits", "nobody", "several", "partly", "unheard"] = "unheard"
    signs: Mapping[str, str] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()
    optimizer: str = ""
    """The OPTIMIZER that OpenPCDet does not know; empty where it knows it."""
    told: str = ""
    """A sentence that somebody else said of it: of the user's own code."""

    @property
    def name(self) -> str:
        """The trainer's name; "auto" where none is certain."""
        return AUTO if self.trainer is None else self.trainer.name

    @property
    def sentence(self) -> str:
        """It, said to a user; empty where the trainer was chosen by hand and no fork knows more than it."""
        if self.told:
            return self.told
        such = {"trainer": self.name, "signs": listed(self.signs.values()), "forks": listed(self.candidates)}
        match self.how:
            case "by hand":
                known = ngettext(
                    "{trainer} does not know {signs}; {forks} does.",
                    "{trainer} does not know {signs}; {forks} do.",
                    len(self.candidates), **such,
                )  # fmt: skip
                return known if self.candidates else ""
            case "no sign":
                return _("No sign of a fork: drawn as OpenPCDet's master trains it.")
            case "fits":
                return _("OpenPCDet itself does not know {signs}. Drawn as {trainer} trains it.", **such)
            case "nobody":
                return _("OpenPCDet itself does not know {signs}. No known fork does either: judged as master.", **such)
            case "several":
                return _(
                    "OpenPCDet itself does not know {signs}. {forks} do, and would differ: choose one by hand.", **such
                )
            case "partly":
                return _(
                    "OpenPCDet itself does not know {signs}. {forks} know a part of it, none the whole, so no curve is "
                    "drawn: choose the trainer by hand.",
                    **such,
                )
            case "unheard":
                return _(
                    "OpenPCDet itself does not know {signs}. No known fork does either, so no curve is drawn: choose "
                    "the trainer by hand.",
                    **such,
                )

    @property
    def openpcdet(self) -> str:
        """For a trainer found by signs: what OpenPCDet itself makes of them, and whose run it is; else empty."""
        if self.how != "fits":
            return ""
        such = {"trainer": self.name, "signs": listed(self.signs.values()), "optimizer": self.optimizer}
        if self.optimizer:
            return _("OpenPCDet itself stops: it does not know `{optimizer}`. Drawn as {trainer} trains it.", **such)
        return _("OpenPCDet itself does not read {signs}. Drawn as {trainer} trains it.", **such)


def resolve(name: str, block: Mapping[str, object], stage: str = "") -> Resolved:
    """The trainer of a name, or, for "auto", the one that a block's signs fit.

    `stage` is the name of the block inside OPTIMIZATION that it is, or is part of; empty for OPTIMIZATION itself.

    >>> resolve("auto", {"OPTIMIZER": "adam_onecycle"}).name
    'master'
    >>> print(resolve("auto", {"OPTIMIZER": "adamw", "SCHEDULER": "poly"}).sentence)
    OpenPCDet itself does not know `OPTIMIZER: adamw` and `SCHEDULER: poly`. Drawn as CVMI-Lab/PLA trains it.
    """
    if name.lower() != AUTO:
        return _by_hand(find(name), _signs(block), block)
    signs = _signs(block) | _signs({stage: {}})
    if not signs:
        return Resolved(MASTER, "no sign")
    known = [trainer for trainer in TRAINERS if any(_knows(trainer, sign, block) for sign in signs)]
    fitting = [trainer for trainer in known if all(_knows(trainer, sign, block) for sign in signs)]
    best = [trainer for trainer in fitting if trainer.schedule(block) is not None] or fitting
    names, optimizer = tuple(trainer.name for trainer in known), str(block["OPTIMIZER"]) if "OPTIMIZER" in signs else ""
    if len(best) == 1:
        return Resolved(best[0], "fits", signs, names, optimizer)
    if not known and not any(_owners(sign) for sign in signs):
        return Resolved(MASTER, "nobody", signs)
    if best:
        return Resolved(None, "several", signs, tuple(trainer.name for trainer in best), optimizer)
    return Resolved(None, "partly" if names else "unheard", signs, names, optimizer)


def _by_hand(trainer: Trainer, signs: Mapping[str, str], block: Mapping[str, object]) -> Resolved:
    missed = {key: text for key, text in signs.items() if not _reads(trainer, key, block)}
    others: set[str] = set()
    for key in missed:
        knowing = {each.name for each in TRAINERS if _knows(each, key, block)}
        others |= knowing or {each.name for each in TRAINERS if _reads(each, key, block)}
    names = tuple(each.name for each in TRAINERS if each.name in others)
    return Resolved(trainer, "by hand", missed, names)


def _signs(block: Mapping[str, object]) -> dict[str, str]:
    """Key → how the block spells it, for all that OpenPCDet does not know and a fork might."""
    signs: dict[str, str] = {}
    name = block.get("OPTIMIZER")
    if isinstance(name, str) and name and not any(t.optimizer(name) for t in (MASTER, CLASSIC)):
        signs["OPTIMIZER"] = f"`OPTIMIZER: {name}`"
    for key, value in block.items():
        if any(key in trainer.own_keys for trainer in TRAINERS):
            signs[key] = f"`{key}: {value}`" if isinstance(value, str) else f"`{key}`"
        elif isinstance(value, Mapping) and any(key in trainer.stages.names for trainer in TRAINERS):
            signs[key] = f"`{key}`"
    return signs


def _reads(trainer: Trainer, key: str, block: Mapping[str, object]) -> bool:
    """Whether a trainer looks at a key at all, or knows the OPTIMIZER."""
    if key == "OPTIMIZER":
        return trainer.optimizer(block.get(key)) is not None
    return key in trainer.stages.names or key in trainer.own_keys


def _knows(trainer: Trainer, key: str, block: Mapping[str, object]) -> bool:
    """Whether a key, with the value that it has, may have been written for a trainer."""
    if key == "OPTIMIZER" or key in trainer.stages.names or not _reads(trainer, key, block):
        return _reads(trainer, key, block)
    optimizer = block.get("OPTIMIZER")
    if isinstance(optimizer, str) and trainer.optimizer(optimizer) is None:
        return False
    selection = trainer.selection
    if selection is None or selection.key != key or len(_owners(key)) == 1:
        return True
    # Several forks read the key: only a value that one of them names tells whose it is.
    value = block[key]
    return isinstance(value, str) and (value in selection.values or value in (selection.wrapped or {}))


def _owners(key: str) -> list[Trainer]:
    return [trainer for trainer in TRAINERS if key in trainer.own_keys]
