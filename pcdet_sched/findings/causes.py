"""Causes that are no single bad value: what is missing, what a release does not know, counts that come to zero."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pcdet_sched.findings.look import Cause
from pcdet_sched.findings.optimizer_causes import cosine_warm_up, step_decay_on_master, unknown_optimizer
from pcdet_sched.findings.wording import counted, shown, stops
from pcdet_sched.key import as_number
from pcdet_sched.keys import KEYS
from pcdet_sched.trainer_records import Use

if TYPE_CHECKING:
    from pcdet_sched.crash import Crash
    from pcdet_sched.findings.look import Look

# Beyond this a product with a share of the run is exact no more, and far from 0.
_COUNTABLE = 2**53
_ABSENT = re.compile(r"has no attribute '(\w+)'")


def key_not_text(now: Look, crash: Crash) -> Cause | None:
    """Stage load: an attribute dictionary refuses keys that are no strings."""
    if crash.stage != "load" or crash.exception != "TypeError":
        return None
    found = list(dict.fromkeys(_odd_keys(now.case.config.document)))
    if not found:
        return None
    names = ", ".join(f"`{shown(key)}`" for key in found[:5])
    stop = stops(now.plan.trainer, crash)
    message = f"The file has keys that are no text ({names}), {stop}: write them in quotes, `'{shown(found[0])}'`."
    return Cause("key-not-text", message, edits=_text_keys_only(now.block), is_fix=False)


def _odd_keys(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from (key for key in value if not isinstance(key, str))
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _odd_keys(part)


def _text_keys_only(block: Mapping[Any, Any]) -> dict[str, Any]:
    """Edits that take every such key out of the block, so that there is a way to look on."""
    edits: dict[str, Any] = {key: None for key in block if not isinstance(key, str)}
    edits |= {key: {} for key, value in block.items() if isinstance(key, str) and any(True for _ in _odd_keys(value))}
    return edits or {"OPTIMIZER": block["OPTIMIZER"]} if "OPTIMIZER" in block else edits


def missing_key(now: Look, crash: Crash) -> Cause | None:
    """A key that is read and not there; a misspelt one that stands in its place is named."""
    absent = _ABSENT.search(crash.message) if crash.exception == "AttributeError" else None
    if absent is None or absent[1] not in KEYS or absent[1] in now.block:
        return None
    name = absent[1]
    strangers = [key for key in now.block if key not in KEYS]
    written = difflib.get_close_matches(name, strangers, 1, 0.8)
    edits: dict[str, Any] = {name: KEYS[name].default}
    advice = f"add `{name}: {shown(KEYS[name].default)}`, for instance"
    if written:
        edits = {name: now.block[written[0]], written[0]: None}
        advice = f"`{shown(written[0])}` is probably meant to be it, so rename it"
    optimizer = now.block.get("OPTIMIZER")
    reader = "" if crash.stage == "config" or not isinstance(optimizer, str) else f" for {shown(optimizer)}"
    unused = isinstance(optimizer, str) and KEYS[name].use(optimizer) is Use.REQUIRED
    effect = " and does nothing with it" if unused else ""
    base = (
        "; the file that _BASE_CONFIG_ names is not opened here and may have it" if now.case.config.needs_base else ""
    )
    message = f"`{name}` is missing, and the trainer reads it{reader}{effect}, {stops(now.plan.trainer, crash)}"
    return Cause("missing-key", f"{message}: {advice}{base}.", name, edits)


def batch_size_not_divisible(now: Look, crash: Crash) -> Cause | None:
    """The command line's batch size is for all GPUs together."""
    from dataclasses import replace

    plan = now.plan
    if crash.stage != "config" or plan.batch_size is None or plan.batch_size % plan.gpus == 0:
        return None
    message = (
        f"--batch_size {plan.batch_size} is the total over all GPUs and does not divide evenly over {plan.gpus}, "
        f"{stops(plan.trainer, crash)}: give a multiple of {plan.gpus}."
    )
    rounded = max(plan.gpus, plan.batch_size // plan.gpus * plan.gpus)
    return Cause("batch-size-not-divisible", message, plan=replace(plan, batch_size=rounded))


def merge_no_iterations(now: Look, crash: Crash) -> Cause | None:
    """The merged loader's length, divided by the epochs, comes to 0."""
    from dataclasses import replace

    plan = now.plan
    if crash.exception != "ZeroDivisionError" or not plan.merge_all_iters_to_one_epoch or "modulo" not in crash.message:
        return None
    epochs = now.settings.epochs if now.settings else 0
    message = (
        f"--merge_all_iters_to_one_epoch divides {counted(now.loader_length or 0, 'iteration')} by {epochs} "
        f"epochs, which leaves none per epoch, {stops(plan.trainer, crash)}: leave the flag out."
    )
    return Cause("merge-no-iterations", message, plan=replace(plan, merge_all_iters_to_one_epoch=False))


def run_too_short(now: Look, crash: Crash) -> Cause | None:
    """The first phase has no iteration and divides by its length."""
    total, share = now.scheduled, as_number(now.block.get("PCT_START"))
    if crash.exception != "ZeroDivisionError" or crash.stage != "train" or total is None or share is None:
        return None
    if not 0 < total < _COUNTABLE or int(share * total) != 0:
        return None
    better = _least_share(total)
    advice = f"write `PCT_START: {better}` or train longer" if better else "train longer"
    message = (
        f"The rise of lr takes PCT_START × iterations = {shown(share)} × {total:,}, which is less than one iteration, "
        f"{stops(now.plan.trainer, crash)}: {advice}."
    )
    return Cause("run-too-short", message, "PCT_START", {"PCT_START": better or 1.0}, is_fix=better is not None)


def _least_share(total: int) -> float | None:
    """The least round share of a run that is an iteration long; None where only the whole run is."""
    for digits in range(1, 16):
        share: float = math.ceil(10**digits / total) / 10**digits
        if share < 1 and int(share * total) >= 1:
            return share
    return None


CAUSES: tuple[Callable[[Look, Crash], Cause | None], ...] = (
    key_not_text,
    missing_key,
    batch_size_not_divisible,
    unknown_optimizer,
    step_decay_on_master,
    cosine_warm_up,
    merge_no_iterations,
    run_too_short,
)
