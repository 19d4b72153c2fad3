"""Causes that lie in OPTIMIZER: a name that no release knows, an optimizer that this one cannot train."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pcdet_sched.findings.look import Cause
from pcdet_sched.findings.wording import setting, stops
from pcdet_sched.keys import KEYS
from pcdet_sched.trainer_records import find

if TYPE_CHECKING:
    from pcdet_sched.crash import Crash
    from pcdet_sched.findings.look import Look

# Per release the optimizers that it cannot train, and the release that can.
_ELSEWHERE = {"master": {"adam": "classic", "sgd": "classic"}, "classic": {"adam_cosineanneal": "master"}}


def unknown_optimizer(now: Look, crash: Crash) -> Cause | None:
    """An OPTIMIZER that the release does not build."""
    if crash.stage != "build_optimizer" or crash.exception != "NotImplementedError":
        return None
    name, release = now.block.get("OPTIMIZER"), now.plan.trainer
    text, stop, meant = setting("OPTIMIZER", name), stops(release, crash), _spelled(name)
    if name == "adam_cosineanneal" and release in _ELSEWHERE:
        message = f"{text} came with master on 2023-05-08 and {release} does not know it, {stop}"
        return _elsewhere(now, name, message)
    if meant in _ELSEWHERE.get(release, {}):
        message = f"{text} is unknown to OpenPCDet (a fork may know it), {stop}: `{meant}`, as it is spelt,"
        return _elsewhere(now, meant, f"{message} cannot train on {release} either")
    if name is None or name == "":
        message = f"`OPTIMIZER` is empty, {stop}: write `adam_onecycle`, for instance."
        return Cause("unknown-optimizer", message, "OPTIMIZER", {"OPTIMIZER": "adam_onecycle"})
    known = "adam_onecycle, adam_cosineanneal (master only), adam and sgd"
    if release not in _ELSEWHERE:
        known = ", ".join(optimizer.name for optimizer in find(release).optimizers)
        return Cause("unknown-optimizer", f"{text} is unknown to {release}, {stop}: it knows {known}.", "OPTIMIZER", {})
    advice = f"write `{meant}`" if meant else f"it knows {known}"
    fork = " (a fork may know it)" if isinstance(name, str) else ""
    message = f"{text} is unknown to OpenPCDet{fork}, {stop}: {advice}."
    return Cause("unknown-optimizer", message, "OPTIMIZER", {"OPTIMIZER": meant} if meant else {})


def _elsewhere(now: Look, meant: str, message: str, code: str = "unknown-optimizer") -> Cause:
    """The cause with the way out for an optimizer that trains only on the other release."""
    other = _ELSEWHERE[now.plan.trainer][meant]
    if meant == "sgd":
        # The LR of SGD is no LR for Adam: a switch would train, and diverge.
        edits = {"OPTIMIZER": meant} if now.block["OPTIMIZER"] != meant else {}
        way = f"train it on {other}, or take `adam_onecycle` with an LR for Adam"
        return Cause(code, f"{message}: {way}.", "OPTIMIZER", edits, replace(now.plan, trainer=other), is_fix=False)
    way = f"train it on {other}, or write `adam_onecycle`"
    steps = ", whose lr rises and falls in place of the steps" if meant == "adam" else ""
    return Cause(code, f"{message}: {way}{steps}.", "OPTIMIZER", one_cycle(now.block))


def _spelled(name: Any) -> str | None:
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


def one_cycle(block: Mapping[str, Any]) -> dict[str, Any]:
    """Edits that make a block one of adam_onecycle: what it needs and lacks is added, what is broken is mended."""
    edits: dict[str, Any] = {"OPTIMIZER": "adam_onecycle"}
    for name in ("MOMS", "PCT_START", "DIV_FACTOR", "DECAY_STEP_LIST"):
        if name not in block:
            edits[name] = KEYS[name].default
        elif not KEYS[name].is_sound(block[name]):
            edits[name] = KEYS[name].mended(block[name])
    return edits


def step_decay_on_master(now: Look, crash: Crash) -> Cause | None:
    """The loop of master gives torch's scheduler an argument too many."""
    name = now.block.get("OPTIMIZER")
    if now.plan.trainer != "master" or "LRScheduler.step()" not in crash.message or name not in ("adam", "sgd"):
        return None
    message = (
        f"`OPTIMIZER: {name}` cannot train on master, whose loop gives torch's scheduler the epoch as well, "
        f"{stops('master', crash)}"
    )
    return _elsewhere(now, name, message, "step-decay-on-master")


def cosine_warm_up(now: Look, crash: Crash) -> Cause | None:
    """Both releases take len() of the number of iterations."""
    if crash.stage != "build_scheduler" or not now.block.get("LR_WARMUP") or not now.helps({"LR_WARMUP": False}):
        return None
    if "has no len()" not in crash.message and "WARMUP_EPOCH" not in crash.message:
        return None
    value = now.block["LR_WARMUP"]
    kind = (
        ""
        if isinstance(value, bool)
        else " (any text counts as true)"
        if isinstance(value, str)
        else " (it counts as true)"
    )
    message = (
        f"{setting('LR_WARMUP', value)}{kind} makes the trainer take the length of a number for its warm-up, "
        f"{stops(now.plan.trainer, crash)}, and the other release does the same: write `False`."
    )
    return Cause("cosine-warm-up", message, "LR_WARMUP", {"LR_WARMUP": False})
