"""Warnings about single values: text and booleans for numbers, odd numbers, clipping, the last batch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pcdet_sched.findings.wording import setting, shown
from pcdet_sched.keys import KEYS, use_of, why_dimmed
from pcdet_sched.trainer_records import Use
from pcdet_sched.zoo import is_shipped

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding
    from pcdet_sched.key import Key

# What OpenPCDet's detectors are made of: their BatchNorm layers see a value per point, voxel or BEV cell.
_MANY_VALUES = ("VFE", "BACKBONE_3D", "BACKBONE_2D", "DENSE_HEAD", "POINT_HEAD", "ROI_HEAD")


def texts(case: Case) -> Iterator[Finding]:
    """Text or a boolean where a number is meant, in any key of the table, read or not."""
    for name, key in KEYS.items():
        value = case.block.get(name)
        if key.kind in ("bool", "choice"):
            continue
        if _has(value, str):
            yield _text(case, key, value)
        if _has(value, bool):
            message = f"{case.said(name)} where a {key.type_text} is meant: write it as a number."
            yield case.finding("bool-value", message, name)


def _has(value: Any, kind: type) -> bool:
    return isinstance(value, kind) or (isinstance(value, list) and any(isinstance(item, kind) for item in value))


def _text(case: Case, key: Key, value: Any) -> Finding:
    meant = key.as_meant(value)
    unread = why_dimmed(key.name, case.optimizer, case.block, case.plan.use_amp, case.trainer)
    effect = "has no effect here, and stops the run where it is read" if unread else "is taken here, but not everywhere"
    advice = f": write `{shown(meant)}`" if meant is not None else ""
    fix = {key.name: meant} if meant is not None else None
    message = f"{setting(key.name, value)} is text where a {key.type_text} is meant; it {effect}"
    return case.finding("text-value", f"{message}{advice}.", key.name, fix)


def unusual(case: Case) -> Iterator[Finding]:
    """A number outside of the table's range, in a key that has an effect: the trainer runs, and nobody means it."""
    if not (case.wrapped or case.step_decay):
        return  # a fork's optimizer may mean other things by a key
    for name, key in KEYS.items():
        value = case.block.get(name)
        used = use_of(name, case.optimizer, case.block, case.plan.use_amp, case.trainer) is Use.USED
        if not used or name in _replaced(case) or not _all_numbers(value) or key.in_range(value):
            continue
        kind = "hold numbers" if key.is_list else "be a number"
        message = f"{setting(name, value)} is outside of what makes sense: it should {kind} {key.range_text}."
        yield case.finding("unusual-value", message, name)


def _replaced(case: Case) -> set[str]:
    """Keys in whose place the trainer takes what the command line says."""
    given = {"BATCH_SIZE_PER_GPU": case.plan.batch_size, "NUM_EPOCHS": case.plan.epochs}
    return {name for name, value in given.items() if value is not None}


def _all_numbers(value: Any) -> bool:
    return all(type(item) in (int, float) for item in (value if isinstance(value, list) else [value]))


def grad_clip(case: Case) -> Iterator[Finding]:
    """Gradients are multiplied by GRAD_NORM_CLIP / norm, whatever the sign."""
    value = case.block.get("GRAD_NORM_CLIP")
    clip = value if isinstance(value, float) and math.isnan(value) else case.number("GRAD_NORM_CLIP")
    text, fix = case.said("GRAD_NORM_CLIP"), {"GRAD_NORM_CLIP": KEYS["GRAD_NORM_CLIP"].default}
    advice = f"write a positive number, such as `{shown(fix['GRAD_NORM_CLIP'])}`"
    if clip is None or clip > 0 or case.trainer.clipping == "never":
        return
    if case.trainer.clipping == "positive" and clip <= 0:
        return  # 0 switches it off there
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
    if not case.wrapped or decay is None or decay >= 0:
        return
    message = (
        f"{setting('WEIGHT_DECAY', case.block['WEIGHT_DECAY'])} lets weights grow at each step: leave the minus out."
    )
    yield case.finding("weight-decay-negative", message, "WEIGHT_DECAY", {"WEIGHT_DECAY": -decay})


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
    """Whether the file holds a MODEL of OpenPCDet's kinds, or began as one of the zoo: no value of the block counts."""
    model = case.config.document.get("MODEL")
    return is_shipped(case.config.text) or (isinstance(model, dict) and any(part in model for part in _MANY_VALUES))


def _batch_size(case: Case) -> int | None:
    if case.plan.batch_size is not None:
        return case.plan.batch_size // case.plan.gpus
    value = case.block.get("BATCH_SIZE_PER_GPU")
    return value if type(value) is int else None


RULES = (texts, unusual, grad_clip, weight_decay, last_batch)
