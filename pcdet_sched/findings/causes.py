"""Causes that are no single bad value: what is missing, what a release does not know, counts that come to zero."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pcdet_sched.findings.stops import Cause, Look, cause
from pcdet_sched.findings.wording import iterations, setting, shown
from pcdet_sched.key import as_number
from pcdet_sched.keys import KEYS
from pcdet_sched.language import N_, _, listed, ngettext, row
from pcdet_sched.trainer_records import CLASSIC, MASTER, TRAINERS, Trainer, Use, find_optimizer
from pcdet_sched.trainer_records.parts import ADAM_ONECYCLE

if TYPE_CHECKING:
    from pcdet_sched.crash import Crash

# Beyond this a product with a share of the run is exact no more, and far from 0.
_COUNTABLE = 2**53
_ABSENT = re.compile(r"has no attribute '(\w+)'")


@cause(
    "key-not-text", N_("A key that is not a string"),
    N_("The trainer turns every mapping of the file into an attribute dictionary, and an attribute's name must be "
    "a string. Keys such as 1, 0.5, null, on and off are none: write them in quotes."),
)  # fmt: skip
def key_not_text(now: Look, crash: Crash) -> Cause | None:
    """Stage load: an attribute dictionary refuses keys that are no strings."""
    found = list(dict.fromkeys(_odd_keys(now.case.config.document))) if crash.stage == "load" else []
    if not found or crash.exception != "TypeError":
        return None
    keys = row(f"`{shown(key)}`" for key in found[:5])
    message = _("The file has keys that are not strings ({keys}), {stop}: write them in quotes, `'{first}'`.",
        keys=keys, stop=now.stops, first=shown(found[0]))  # fmt: skip
    return Cause(message, edits=_text_keys_only(now.block), is_fix=False)


def _odd_keys(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from (key for key in value if not isinstance(key, str))
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _odd_keys(part)


def _text_keys_only(block: Mapping[Any, object]) -> dict[str, object]:
    """Edits that take every such key out of the block, so that there is a way to look on."""
    edits: dict[str, object] = {key: None for key in block if not isinstance(key, str)}
    edits |= {
        key: {} for key, value in block.items() if isinstance(key, str) and any(True for _odd in _odd_keys(value))
    }
    return edits or {"OPTIMIZER": block["OPTIMIZER"]} if "OPTIMIZER" in block else edits


@cause(
    "missing-key", N_("A key that the trainer reads is not there"),
    N_("Nothing is validated beforehand: an absent key is an AttributeError at the first stage that reads it, and "
    "a key that is never read is never missed. DECAY_STEP_LIST is read for every optimizer, even where it has no "
    "effect."),
)  # fmt: skip
def missing_key(now: Look, crash: Crash) -> Cause | None:
    """A key that is read and not there; a misspelt one that stands in its place is named."""
    absent = _ABSENT.search(crash.message) if crash.exception == "AttributeError" else None
    name = absent[1] if absent else ""
    if name not in (*KEYS, *now.trainer.own_keys) or name in now.block:
        return None
    edits: dict[str, object] = {}
    strangers = [key for key in now.block if key not in KEYS]
    written = next(iter(difflib.get_close_matches(name, strangers, 1, 0.8)), None)
    if written is not None:
        edits = {name: now.block[written], written: None}
        advice = _("`{written}` is probably meant to be it, so rename it", written=shown(written))
    elif name in KEYS:
        edits = {name: KEYS[name].default}
        advice = _("add `{setting}`, for instance", setting=f"{name}: {shown(edits[name])}")
    else:  # a fork's own, which only its author knows
        choices = row(now.trainer.choices(name))
        advice = _("add it ({choices}), or give the second file that has it", choices=choices)
        if not choices:
            advice = _("add it, or give the second file that has it")
    such = {"what": _what_misses(now, crash, name), "stop": now.stops, "advice": advice}
    if now.case.config.needs_base:
        message = _("{what}, {stop}: {advice}; the file that _BASE_CONFIG_ names is not opened here and may have it.",
            **such)  # fmt: skip
    else:
        message = _("{what}, {stop}: {advice}.", **such)
    return Cause(message, name, edits)


def _what_misses(now: Look, crash: Crash, name: str) -> str:
    optimizer = now.block.get("OPTIMIZER")
    such = {"key": name, "optimizer": shown(optimizer)}
    if not isinstance(optimizer, str) or crash.stage == "config":
        return _("`{key}` is missing, and the trainer reads it", **such)
    if name in KEYS and KEYS[name].use(optimizer) is Use.REQUIRED:
        return _("`{key}` is missing, and the trainer reads it for {optimizer} and does nothing with it", **such)
    return _("`{key}` is missing, and the trainer reads it for {optimizer}", **such)


@cause(
    "batch-size-not-divisible", N_("--batch_size does not divide over the GPUs"),
    N_("The command line's batch size is the total over all GPUs, and the trainer asserts that every GPU gets as "
    "much."),
)  # fmt: skip
def batch_size_not_divisible(now: Look, crash: Crash) -> Cause | None:
    """The command line's batch size is for all GPUs together."""
    plan = now.plan
    if crash.stage != "config" or plan.batch_size is None or plan.batch_size % plan.gpus == 0:
        return None
    message = _("--batch_size {total} is the total over all GPUs and does not divide evenly over {gpus}, {stop}: "
        "give a multiple of {gpus}.", total=plan.batch_size, gpus=plan.gpus, stop=now.stops)  # fmt: skip
    rounded = max(plan.gpus, plan.batch_size // plan.gpus * plan.gpus)
    return Cause(message, plan=replace(plan, batch_size=rounded))


@cause(
    "unknown-optimizer", N_("An optimizer that this release does not know"),
    N_("OpenPCDet builds adam, sgd, adam_onecycle and, since 2023-05-08, adam_cosineanneal; any other name is a "
    "NotImplementedError without a message. A fork may know more, such as adamW."),
)  # fmt: skip
def unknown_optimizer(now: Look, crash: Crash) -> Cause | None:
    """An OPTIMIZER that the trainer does not build."""
    trainer, name = now.trainer, now.block.get("OPTIMIZER")
    if crash.stage != "build_optimizer" or crash.exception != trainer.unknown_optimizer.__name__:
        return None
    if trainer.optimizer(name) is not None:
        return None
    such = {"setting": setting("OPTIMIZER", name), "trainer": trainer.name, "stop": now.stops}
    if name is None or name == "":
        message = _("`OPTIMIZER` is empty, {stop}: write `{better}`, for instance.", **such, better=ADAM_ONECYCLE.name)
        return Cause(message, "OPTIMIZER", {"OPTIMIZER": ADAM_ONECYCLE.name})
    if trainer.is_fork:
        known = row(optimizer.name for optimizer in trainer.optimizers)
        message = _("{setting} is unknown to {trainer}, {stop}: it knows {known}.", **such, known=known)
        return Cause(message, "OPTIMIZER")
    if other := _trains_it(now, name):
        what = _("{setting} came with {other} on 2023-05-08 and {trainer} does not know it, {stop}",
            **such, other=other)  # fmt: skip
        return _on_the_other(now, name, what, other)
    meant = _spelled(name)
    if meant and (other := _trains_it(now, meant)):
        what = _("{setting} is unknown to OpenPCDet (a fork may know it), {stop}: `{meant}`, as it is spelt, cannot "
            "train on {trainer} either", **such, meant=meant)  # fmt: skip
        return _on_the_other(now, meant, what, other)
    return _advise(name, meant, such)


def _advise(name: object, meant: str | None, such: Mapping[str, str]) -> Cause:
    """The name that was probably meant, or all that there are."""
    if meant and isinstance(name, str):
        message = _("{setting} is unknown to OpenPCDet (a fork may know it), {stop}: write `{meant}`.",
            **such, meant=meant)  # fmt: skip
        return Cause(message, "OPTIMIZER", {"OPTIMIZER": meant})
    known = _("adam_onecycle, adam_cosineanneal (master only), adam and sgd")
    if isinstance(name, str):
        message = _("{setting} is unknown to OpenPCDet (a fork may know it), {stop}: it knows {known}.",
            **such, known=known)  # fmt: skip
    else:
        message = _("{setting} is unknown to OpenPCDet, {stop}: it knows {known}.", **such, known=known)
    return Cause(message, "OPTIMIZER")


def _trains_it(now: Look, name: object) -> str | None:
    """The other line of OpenPCDet, where it trains an optimizer that this one does not know or cannot train."""
    this, others = now.trainer, {"master": CLASSIC, "classic": MASTER}
    other = others.get(this.name)
    if other is None or not _can_train(other, name) or _can_train(this, name):
        return None
    return other.name


def _can_train(trainer: Trainer, name: object) -> bool:
    """Whether a trainer builds the optimizer and steps its schedule as that wants: torch's take one argument."""
    optimizer = trainer.optimizer(name)
    return optimizer is not None and (optimizer.wrapped or not trainer.passes_epoch)


def _on_the_other(now: Look, meant: object, what: str, other: str) -> Cause:
    """The cause with the way out for an optimizer that trains only on the other release."""
    found = find_optimizer(meant)
    such = {"what": what, "other": other, "better": ADAM_ONECYCLE.name}
    if found is not None and found.family == "SGD":
        # The LR of SGD is no LR for Adam: a switch would train, and diverge.
        edits = {"OPTIMIZER": meant} if now.block["OPTIMIZER"] != meant else {}
        message = _("{what}: train it on {other}, or take `{better}` with an LR for Adam.", **such)
        return Cause(message, "OPTIMIZER", edits, replace(now.plan, trainer=other), is_fix=False)
    if found is not None and not found.wrapped:
        message = _("{what}: train it on {other}, or write `{better}`, whose lr rises and falls in place of the "
            "steps.", **such)  # fmt: skip
    else:
        message = _("{what}: train it on {other}, or write `{better}`.", **such)
    return Cause(message, "OPTIMIZER", one_cycle(now.block))


def _spelled(name: object) -> str | None:
    """The optimizer that a name stands for when case and separators are set aside, or with a letter or two amiss."""
    if not isinstance(name, str):
        return None
    plain = {re.sub(r"\W|_", "", known): known for known in KEYS["OPTIMIZER"].choices}
    bare = re.sub(r"\W|_", "", name.lower())
    if bare in plain:
        return plain[bare]
    # AdamW and its kin are other optimizers, not misspelt ones.
    close = [] if "adamw" in bare else difflib.get_close_matches(bare, plain, 1, 0.85)
    return plain[close[0]] if close else None


def one_cycle(block: Mapping[str, object]) -> dict[str, object]:
    """Edits that make a block one of adam_onecycle: what it needs and lacks is added, what is broken is mended."""
    edits: dict[str, object] = {"OPTIMIZER": ADAM_ONECYCLE.name}
    for name in (*ADAM_ONECYCLE.schedule.reads, *MASTER.required):
        if name not in block:
            edits[name] = KEYS[name].default
        elif not KEYS[name].is_sound(block[name]):
            edits[name] = KEYS[name].mended(block[name])
    return edits


@cause(
    "step-decay-on-master", N_("adam and sgd cannot train on master"),
    N_("Since 2023-05-08 the loop calls scheduler.step(iteration, epoch). The schedule of adam and sgd is torch's "
    "own, which takes one argument: TypeError at iteration 0. Older releases, and most forks, run them."),
)  # fmt: skip
def step_decay_on_master(now: Look, crash: Crash) -> Cause | None:
    """The loop of master gives torch's scheduler an argument too many."""
    name = now.block.get("OPTIMIZER")
    if not now.trainer.passes_epoch or "LRScheduler.step()" not in crash.message:
        return None
    what = _("{setting} cannot train on {trainer}, whose loop gives torch's scheduler the epoch as well, {stop}",
        setting=setting("OPTIMIZER", name), trainer=now.plan.trainer, stop=now.stops)  # fmt: skip
    return _on_the_other(now, name, what, _trains_it(now, name) or CLASSIC.name)


@cause(
    "cosine-warm-up", N_("LR_WARMUP: True stops every release"),
    N_("For adam and sgd the trainer then builds a cosine warm-up and takes len() of the number of iterations, "
    "which is a TypeError on master and classic alike."),
)  # fmt: skip
def cosine_warm_up(now: Look, crash: Crash) -> Cause | None:
    """Both releases take len() of the number of iterations; a fork may have repaired it."""
    value = now.block.get("LR_WARMUP")
    if crash.stage != "build_scheduler" or not value or not now.helps({"LR_WARMUP": False}):
        return None
    if "has no len()" not in crash.message and "WARMUP_EPOCH" not in crash.message:
        return None
    what = setting("LR_WARMUP", value)
    if isinstance(value, str):
        what = _("{setting} (any text counts as true)", setting=what)
    elif not isinstance(value, bool):
        what = _("{setting} (it counts as true)", setting=what)
    repaired = [trainer.name for trainer in TRAINERS if trainer.warmup == "runs"]
    message = ngettext(
        "{what} makes the trainer take the length of a number for its warm-up, {stop}, and the other release does the "
        "same: write `False`; {forks} has repaired it and trains with the warm-up.",
        "{what} makes the trainer take the length of a number for its warm-up, {stop}, and the other release does the "
        "same: write `False`; {forks} have repaired it and train with the warm-up.",
        len(repaired), what=what, stop=now.stops, forks=listed(repaired),
    )  # fmt: skip
    return Cause(message, "LR_WARMUP", {"LR_WARMUP": False})


@cause(
    "merge-no-iterations", N_("The merge flag leaves no iteration per epoch"),
    N_("With --merge_all_iters_to_one_epoch the loop runs the loader's length divided by the epochs, rounded down; "
    "at 0 the trainer stops with a ZeroDivisionError."),
)  # fmt: skip
def merge_no_iterations(now: Look, crash: Crash) -> Cause | None:
    """The merged loader's length, divided by the epochs, comes to 0."""
    plan, settings = now.plan, now.dry_run.settings
    if crash.exception != "ZeroDivisionError" or not plan.merge_all_iters_to_one_epoch or "modulo" not in crash.message:
        return None
    message = _("--merge_all_iters_to_one_epoch divides {iterations} by {epochs} epochs, which leaves none per "
        "epoch, {stop}: leave the flag out.",
        iterations=iterations(now.dry_run.loader_length or 0), epochs=settings.epochs if settings else 0,
        stop=now.stops)  # fmt: skip
    return Cause(message, plan=replace(plan, merge_all_iters_to_one_epoch=False))


@cause(
    "run-too-short", N_("The warm-up has no iteration"),
    N_("The rise takes int(PCT_START × iterations) iterations. Where that is 0, the phase is evaluated all the "
    "same and divides by zero at iteration 0. More epochs, more samples or a larger PCT_START help."),
)  # fmt: skip
def run_too_short(now: Look, crash: Crash) -> Cause | None:
    """The first phase has no iteration and divides by its length."""
    total, share = now.scheduled, as_number(now.block.get("PCT_START"))
    if crash.exception != "ZeroDivisionError" or crash.stage != "train" or total is None or share is None:
        return None
    if not 0 < total < _COUNTABLE or int(share * total) != 0:
        return None
    better = _least_share(total)
    such = {"share": shown(share), "total": f"{total:,}", "stop": now.stops}
    if better is None:
        message = _("The rise of lr takes PCT_START × iterations = {share} × {total}, which is less than one "
            "iteration, {stop}: train longer.", **such)  # fmt: skip
        return Cause(message, "PCT_START", {"PCT_START": 1.0}, is_fix=False)
    message = _("The rise of lr takes PCT_START × iterations = {share} × {total}, which is less than one iteration, "
        "{stop}: write `PCT_START: {better}` or train longer.", **such, better=better)  # fmt: skip
    return Cause(message, "PCT_START", {"PCT_START": better})


def _least_share(total: int) -> float | None:
    """The least round share of a run that is an iteration long; None where only the whole run is."""
    for digits in range(1, 16):
        share: float = math.ceil(10**digits / total) / 10**digits
        if share < 1 and int(share * total) >= 1:
            return share
    return None
