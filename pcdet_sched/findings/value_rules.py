"""Warnings about single values: text and booleans for numbers, clipping, precision, the last batch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from pcdet_sched.findings.values import as_meant, as_number
from pcdet_sched.findings.wording import setting, shown
from pcdet_sched.keys import KEYS, Key, why_dimmed
from pcdet_sched.zoo import families

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding

# What OpenPCDet's detectors are made of: their BatchNorm layers see a value per point, voxel or BEV cell.
_MANY_VALUES = ("VFE", "BACKBONE_3D", "BACKBONE_2D", "DENSE_HEAD", "POINT_HEAD", "ROI_HEAD")


@cache
def texts_of_the_zoo() -> frozenset[str]:
    """The files of the shipped blocks."""
    return frozenset(entry.to_yaml() for entries in families().values() for entry in entries)


def texts(case: Case) -> Iterator[Finding]:
    """Text or a boolean where a number is meant, in any key of the table, read or not."""
    for name, key in KEYS.items():
        value = case.block.get(name)
        numeric = key.kind not in ("bool", "choice")
        if not numeric or not _has(value, str) or (name == "LOSS_SCALE_FP16" and case.amp):
            continue
        yield _text(case, key, value)
    for name, key in KEYS.items():
        value = case.block.get(name)
        if key.kind not in ("bool", "choice") and isinstance(value, bool):
            message = (
                f"{setting(name, value)} is a boolean, with which Python computes as {int(value)}: write a number."
            )
            yield case.finding("bool-value", message, name)


def _has(value: Any, kind: type) -> bool:
    return isinstance(value, kind) or (isinstance(value, list) and any(isinstance(item, kind) for item in value))


def _text(case: Case, key: Key, value: Any) -> Finding:
    meant = as_meant(key, value)
    unread = why_dimmed(key.name, case.optimizer, case.block, case.plan.use_amp)
    effect = "has no effect here, and stops the run where it is read" if unread else "is taken here, but not everywhere"
    advice = f": write `{shown(meant)}`" if meant is not None else ""
    fix = {key.name: meant} if meant is not None else None
    message = f"{setting(key.name, value)} is text where a {key.type_text} is meant; it {effect}"
    return case.finding("text-value", f"{message}{advice}.", key.name, fix)


def grad_clip(case: Case) -> Iterator[Finding]:
    """Gradients are multiplied by GRAD_NORM_CLIP / norm, whatever the sign."""
    value = case.block.get("GRAD_NORM_CLIP")
    clip = value if isinstance(value, float) and math.isnan(value) else as_number(value)
    text, fix = setting("GRAD_NORM_CLIP", value), {"GRAD_NORM_CLIP": KEYS["GRAD_NORM_CLIP"].default}
    advice = f"write a positive number, such as `{shown(fix['GRAD_NORM_CLIP'])}`"
    if clip is None or clip > 0:
        return
    if math.isnan(clip):
        message = f"{text} makes every weight nan with the first step: {advice}."
        yield case.finding("grad-clip-nan", message, "GRAD_NORM_CLIP", fix)
    elif clip == 0:
        message = f"{text} does not switch clipping off, it makes every gradient 0 and nothing is learned: {advice}."
        yield case.finding("grad-clip-zero", message, "GRAD_NORM_CLIP", fix)
    else:
        message = f"{text} turns every gradient round, and the run climbs the loss: {advice}."
        yield case.finding("grad-clip-negative", message, "GRAD_NORM_CLIP", fix)


def weight_decay(case: Case) -> Iterator[Finding]:
    """The wrapper multiplies by 1 − lr · WEIGHT_DECAY; torch's own optimizers refuse a negative one."""
    decay = case.number("WEIGHT_DECAY")
    if not case.one_cycle or decay is None or decay >= 0:
        return
    message = (
        f"{setting('WEIGHT_DECAY', case.block['WEIGHT_DECAY'])} lets weights grow at each step: leave the minus out."
    )
    yield case.finding("weight-decay-negative", message, "WEIGHT_DECAY", {"WEIGHT_DECAY": -decay})


def amp_switch(case: Case) -> Iterator[Finding]:
    """A true value that is no bool: the trainer runs without CUDA, torch refuses it with CUDA."""
    value = case.block.get("USE_AMP", False)
    if isinstance(value, bool) or not value or case.plan.use_amp:
        return
    meant = as_meant(KEYS["USE_AMP"], value)
    message = (
        f"{setting('USE_AMP', value)} is no boolean and counts as true: on a machine with CUDA torch refuses it "
        f"at iteration 0, on one without it the run goes on without mixed precision: write `{meant}`."
    )
    yield case.finding("amp-not-bool", message, "USE_AMP", {"USE_AMP": meant})


def loss_scale(case: Case) -> Iterator[Finding]:
    """A scale that is no number, or one that rounds."""
    if not case.amp or "LOSS_SCALE_FP16" not in case.block:
        return
    value = case.block["LOSS_SCALE_FP16"]
    scale = as_number(value)
    better = _power_of_two(scale)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        mantissa = math.frexp(scale)[0] if scale is not None and 0 < scale < math.inf else 0
        if mantissa != 0.5:
            message = (
                f"{setting('LOSS_SCALE_FP16', value)} is not a power of two, {_harm(scale)}: write `{shown(better)}`."
            )
            yield case.finding("loss-scale-not-power-of-two", message, "LOSS_SCALE_FP16", {"LOSS_SCALE_FP16": better})
        return
    message = (
        f"{setting('LOSS_SCALE_FP16', value)} is not a number: on a machine with CUDA torch refuses it at "
        f"iteration 0, on one without it is not used: write `{shown(better)}`."
    )
    yield case.finding("loss-scale-not-a-number", message, "LOSS_SCALE_FP16", {"LOSS_SCALE_FP16": better})


def _harm(scale: float | None) -> str:
    return (
        "so scaling rounds every gradient"
        if scale is not None and 0 < scale < math.inf
        else "and gradients become useless"
    )


def _power_of_two(scale: float | None) -> float:
    """The nearest power of two from 1 to torch's default; the default where there is nothing to go by."""
    if scale is None or not 0 < scale < math.inf:
        return 65536.0
    return 2.0 ** min(max(round(math.log2(scale)), 0), 24)


def last_batch(case: Case) -> Iterator[Finding]:
    """One sample left over. OpenPCDet's own detectors take it; a layer with one value per channel does not.

    Of the 58 shipped configs many end an epoch so (ONCE on 8 GPUs), or take single samples throughout, and train. So
    this is said only where the file does not show a detector of that kind.
    """
    batch, samples = _batch_size(case), case.plan.samples
    if batch is None or batch < 2 or samples is None or case.plan.merge_all_iters_to_one_epoch:
        return
    per_gpu = -(-samples // case.plan.gpus)
    if per_gpu % batch != 1 or _is_detector(case):
        return
    message = (
        f"The last batch of each epoch has one sample per GPU ({per_gpu:,} in batches of {batch:,}): a BatchNorm layer "
        "that then sees one value per channel raises in training; those over points, voxels or BEV cells do not."
    )
    key = "BATCH_SIZE_PER_GPU" if case.plan.batch_size is None else None
    yield case.finding("last-batch-of-one", message, key)


def _is_detector(case: Case) -> bool:
    """Whether the file holds a MODEL of OpenPCDet's kinds, or is the block of one of its own as the zoo writes it."""
    model = case.config.document.get("MODEL")
    return case.config.text in texts_of_the_zoo() or (
        isinstance(model, dict) and any(part in model for part in _MANY_VALUES)
    )


def _batch_size(case: Case) -> int | None:
    if case.plan.batch_size is not None:
        return case.plan.batch_size // case.plan.gpus
    value = case.block.get("BATCH_SIZE_PER_GPU")
    return value if type(value) is int else None


RULES = (texts, grad_clip, weight_decay, amp_switch, loss_scale, last_batch)
