"""Warnings about single values: text and booleans for numbers, odd numbers, clipping, precision, the last batch."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pcdet_sched.findings.case import Case, Found, rule
from pcdet_sched.findings.wording import count, iterations, setting, shown
from pcdet_sched.key import Key, as_number, is_number
from pcdet_sched.keys import GROWTH_INTERVAL, KEYS, LOSS_SCALE, why_dimmed
from pcdet_sched.language import N_, _, ngettext
from pcdet_sched.trainer_records import Use
from pcdet_sched.zoo import is_shipped

# What OpenPCDet's detectors are made of: their BatchNorm layers see a value per point, voxel or BEV cell.
_MANY_VALUES = ("VFE", "BACKBONE_3D", "BACKBONE_2D", "DENSE_HEAD", "POINT_HEAD", "ROI_HEAD")


def _holding(case: Case, kind: type) -> Iterator[tuple[Key, object]]:
    """The keys of numbers whose value is, or holds, a thing of another kind; read or not."""
    for name, key in KEYS.items():
        value = case.block.get(name)
        items = [value, *value] if isinstance(value, list) else [value]
        if key.kind not in ("bool", "choice") and any(isinstance(item, kind) for item in items):
            yield key, value


@rule(
    "text-value", "warning", N_("Text where a number is meant, and the trainer runs"),
    N_("Some places take it (GRAD_NORM_CLIP goes through float()), others are not reached by this optimizer. It "
    "stops the run as soon as another optimizer or release reads it."),
)  # fmt: skip
def texts(case: Case) -> Iterator[Found]:
    """Text, in any key of the table."""
    for key, value in _holding(case, str):
        meant = key.as_meant(value)
        if why_dimmed(key.name, case.block.get("OPTIMIZER"), case.block, case.plan.use_amp, case.trainer):
            effect = _("it has no effect here, and stops the run where it is read")
        else:
            effect = _("it is taken here, but not everywhere")
        such = {"setting": setting(key.name, value), "type": key.type_text, "effect": effect, "meant": shown(meant)}
        if meant is None:
            message = _("{setting} is text where a {type} is meant; {effect}.", **such)
        else:
            message = _("{setting} is text where a {type} is meant; {effect}: write `{meant}`.", **such)
        yield Found(message, key.name, None if meant is None else {key.name: meant})


@rule(
    "bool-value", "warning", N_("True or False where a number is meant"),
    N_("YAML 1.1 reads yes, no, on and off as booleans, and Python computes with them as 1 and 0."),
)  # fmt: skip
def booleans(case: Case) -> Iterator[Found]:
    """A boolean, in any key of the table."""
    for key, _value in _holding(case, bool):
        such = {"setting": case.said(key.name), "type": key.type_text}
        yield Found(_("{setting} where a {type} is meant: write it as a number.", **such), key.name)


@rule(
    "unusual-value", "warning", N_("A number outside of what makes sense"),
    N_("The trainer checks no ranges: a MOMENTUM of 1 or more, an LR_DECAY above 1 or below 0 and an LR above 1 "
    "all run. The ranges are those of the keys above; only keys that have an effect are looked at."),
)  # fmt: skip
def unusual(case: Case) -> Iterator[Found]:
    """A number outside of the table's range, in a key that has an effect: the trainer runs, and nobody means it."""
    if not case.wrapped and (case.schedule is None or "DECAY_STEP_LIST" not in case.schedule.reads):
        return  # a fork's schedule may mean other things by a key
    replaced = {"BATCH_SIZE_PER_GPU": case.plan.batch_size, "NUM_EPOCHS": case.plan.epochs}
    for name, use in case.uses.items():
        key, value = KEYS[name], case.block[name]
        numbers = all(map(is_number, value if isinstance(value, list) else [value]))
        off = name == "GRAD_NORM_CLIP" and case.trainer.clipping != "always"  # 0 and less switch it off there
        if use is Use.USED and numbers and not key.in_range(value) and replaced.get(name) is None and not off:
            such = {"setting": setting(name, value), "range": key.range_text}
            if key.is_list:
                message = _("{setting} is outside of what makes sense: it should hold numbers {range}.", **such)
            else:
                message = _("{setting} is outside of what makes sense: it should be a number {range}.", **such)
            yield Found(message, name)


def _clip(case: Case) -> float | None:
    """GRAD_NORM_CLIP where the gradients are multiplied by GRAD_NORM_CLIP / norm, whatever it is; else None."""
    value = case.block.get("GRAD_NORM_CLIP")
    if case.trainer.clipping != "always":
        return None
    return value if isinstance(value, float) else case.number("GRAD_NORM_CLIP")


def _clipped(case: Case, message: str) -> Found:
    better = KEYS["GRAD_NORM_CLIP"].default
    said = _(message, setting=case.said("GRAD_NORM_CLIP"), better=shown(better))
    return Found(said, "GRAD_NORM_CLIP", {"GRAD_NORM_CLIP": better})


@rule(
    "grad-clip-zero", "warning", N_("GRAD_NORM_CLIP 0 makes every gradient 0"),
    N_("Gradients are multiplied by GRAD_NORM_CLIP / norm: nothing is learned, only the weight decay acts."),
)  # fmt: skip
def clip_zero(case: Case) -> Iterator[Found]:
    """It is meant to switch clipping off."""
    if _clip(case) == 0:
        message = N_("{setting} does not switch clipping off, it makes every gradient 0 and nothing is learned: "
            "write a positive number, such as `{better}`.")  # fmt: skip
        yield _clipped(case, message)


@rule(
    "grad-clip-negative", "warning", N_("A negative GRAD_NORM_CLIP reverses every gradient"),
    N_("Gradients are multiplied by GRAD_NORM_CLIP / norm, which is negative: the loss is climbed."),
)  # fmt: skip
def clip_negative(case: Case) -> Iterator[Found]:
    """The sign of every gradient goes with it."""
    if (_clip(case) or 0) < 0:
        message = N_("{setting} reverses every gradient, and the run climbs the loss: write a positive number, such "
            "as `{better}`.")  # fmt: skip
        yield _clipped(case, message)


@rule(
    "grad-clip-nan", "warning", N_("GRAD_NORM_CLIP is not a number"),
    N_("Gradients are multiplied by GRAD_NORM_CLIP / norm: with nan every weight is nan after the first step."),
)  # fmt: skip
def clip_nan(case: Case) -> Iterator[Found]:
    """Nan goes into the weights."""
    if math.isnan(_clip(case) or 0):
        message = N_("{setting} makes every weight nan with the first step: write a positive number, such as "
            "`{better}`.")  # fmt: skip
        yield _clipped(case, message)


@rule(
    "weight-decay-negative", "warning", N_("A negative WEIGHT_DECAY lets the weights grow"),
    N_("The wrapper multiplies every weight by 1 − lr · WEIGHT_DECAY per step; a negative value is not refused."),
)  # fmt: skip
def weight_decay(case: Case) -> Iterator[Found]:
    """The wrapper multiplies by 1 − lr · WEIGHT_DECAY; torch's own optimizers refuse a negative one."""
    decay = case.number("WEIGHT_DECAY")
    if case.wrapped and decay is not None and decay < 0:
        message = _("{setting} lets weights grow at each step: leave the minus out.",
            setting=case.setting("WEIGHT_DECAY"))  # fmt: skip
        yield Found(message, "WEIGHT_DECAY", {"WEIGHT_DECAY": -decay})


@rule(
    "last-batch-of-one", "warning", N_("The last batch of each epoch has one sample"),
    N_("The loader drops no samples. A BatchNorm layer that sees one value per channel raises in training: one "
    "after a fully connected layer does so with one sample. Layers over points, voxels or BEV cells see many "
    "values and go on. The check says so only for a file that shows no detector of OpenPCDet's in its MODEL and is "
    "none of the shipped blocks."),
)  # fmt: skip
def last_batch(case: Case) -> Iterator[Found]:
    """One sample left over. OpenPCDet's own detectors take it; a layer with one value per channel does not.

    Of the 58 shipped configs many end an epoch so (ONCE on 8 GPUs), or take single samples throughout, and train. So
    this is said only where the file does not show a detector of that kind.
    """
    plan, batch = case.plan, case.block.get("BATCH_SIZE_PER_GPU")
    if plan.batch_size is not None:
        batch = plan.batch_size // plan.gpus
    if type(batch) is not int or batch < 2 or plan.samples is None or plan.merge_all_iters_to_one_epoch:
        return
    per_gpu = -(-plan.samples // plan.gpus)
    if per_gpu % batch != 1 or _is_detector(case):
        return
    message = _("The last batch of each epoch has one sample per GPU ({samples} in batches of {batch}): a BatchNorm "
        "layer that then sees one value per channel raises in training; those over points, voxels or BEV cells do "
        "not.", samples=f"{per_gpu:,}", batch=f"{batch:,}")  # fmt: skip
    yield Found(message, "BATCH_SIZE_PER_GPU" if plan.batch_size is None else None)


def _is_detector(case: Case) -> bool:
    """Whether the file holds a MODEL of OpenPCDet's kinds, or began as one of the zoo: no value of the block counts."""
    model = case.config.document.get("MODEL")
    return is_shipped(case.config.text) or (isinstance(model, dict) and any(part in model for part in _MANY_VALUES))


@rule(
    "amp-not-bool", "warning", N_("USE_AMP is neither True nor False"),
    N_("On a machine with CUDA torch's autocast refuses it at iteration 0; on one without, it is turned off before "
    "that."),
)  # fmt: skip
def amp_switch(case: Case) -> Iterator[Found]:
    """A true value that is no bool: the trainer runs without CUDA, torch refuses it with CUDA."""
    value = case.block.get("USE_AMP", False)
    if isinstance(value, bool) or not value or case.plan.use_amp:
        return
    meant = KEYS["USE_AMP"].as_meant(value)
    message = _("{setting} is no boolean and counts as true: on a machine with CUDA torch refuses it at iteration 0, "
        "on one without it the run goes on without mixed precision: write `{meant}`.",
        setting=case.setting("USE_AMP"), meant=meant)  # fmt: skip
    yield Found(message, "USE_AMP", {"USE_AMP": meant})


@rule(
    "loss-scale-not-power-of-two", "warning", N_("LOSS_SCALE_FP16 is not a power of two"),
    N_("Scaling by a power of two only moves a float's exponent; any other factor rounds each gradient, and 0 or "
    "less makes them useless."),
)  # fmt: skip
def loss_scale(case: Case) -> Iterator[Found]:
    """A scale that rounds, or worse."""
    scale = case.number("LOSS_SCALE_FP16")
    if not case.amp or not isinstance(case.block.get("LOSS_SCALE_FP16"), (int, float)):  # torch takes True as 1.0
        return
    such = {"setting": case.said("LOSS_SCALE_FP16"), "better": shown(_power_of_two(scale))}
    if scale is None or not 0 < scale < math.inf:
        message = _("{setting} is not a power of two, and gradients become useless: write `{better}`.", **such)
    elif math.frexp(scale)[0] != 0.5:
        message = _("{setting} is not a power of two, so scaling rounds every gradient: write `{better}`.", **such)
    else:
        return
    yield Found(message, "LOSS_SCALE_FP16", {"LOSS_SCALE_FP16": _power_of_two(scale)})


@rule(
    "loss-scale-not-a-number", "warning", N_("LOSS_SCALE_FP16 is not a number"),
    N_("On a machine with CUDA torch refuses it at iteration 0; on one without, mixed precision is off and it is "
    "not used."),
)  # fmt: skip
def loss_scale_not_a_number(case: Case) -> Iterator[Found]:
    """Text, a list or nothing."""
    value = case.block.get("LOSS_SCALE_FP16", 0)
    if case.amp and not isinstance(value, (int, float)):
        better = _power_of_two(case.number("LOSS_SCALE_FP16"))
        message = _("{setting} is not a number: on a machine with CUDA torch refuses it at iteration 0, on one "
            "without it is not used: write `{better}`.",
            setting=case.setting("LOSS_SCALE_FP16"), better=shown(better))  # fmt: skip
        yield Found(message, "LOSS_SCALE_FP16", {"LOSS_SCALE_FP16": better})


def _power_of_two(scale: float | None) -> float:
    """The nearest power of two from 1 to 2²⁴; the default where there is nothing to go by."""
    if scale is None or not 0 < scale < math.inf:
        return LOSS_SCALE
    return 2.0 ** min(max(round(math.log2(scale)), 0), 24)


@rule(
    "loss-scale-ceiling", "info", N_("The highest loss scale that an epoch can reach"),
    N_("The GradScaler is built anew in every epoch and doubles after 2,000 good steps in a row. With up to 2,000 "
    "iterations per epoch it never grows."),
)  # fmt: skip
def ceiling(case: Case) -> Iterator[Found]:
    """The loss scale at the last iteration of an epoch without overflow."""
    start = as_number(case.block.get("LOSS_SCALE_FP16", LOSS_SCALE))
    if not case.amp or not case.drawn or case.per_epoch < 1 or start is None:
        return
    doublings = (case.per_epoch - 1) // GROWTH_INTERVAL
    such = {"iterations": iterations(case.per_epoch), "start": f"{start:g}"}
    if not doublings:
        message = _("With {iterations} per epoch the loss scale never grows beyond {start}: it starts anew in every "
            "epoch.", **such)  # fmt: skip
    elif doublings > 60:
        message = _("With {iterations} per epoch the loss scale grows from {start} until it overflows: it starts "
            "anew in every epoch.", **such)  # fmt: skip
    else:
        message = _("With {iterations} per epoch the loss scale grows from {start} to {most} at most: it starts anew "
            "in every epoch.", **such, most=f"{start * 2**doublings:g}")  # fmt: skip
    yield Found(message, "LOSS_SCALE_FP16")


@rule(
    "first-beta-overwritten", "info", N_("The first of BETAS has no effect"),
    N_("MOMS set Adam's first beta at every iteration; of BETAS only the second value stays."),
)  # fmt: skip
def first_beta(case: Case) -> Iterator[Found]:
    """BETAS[0] against MOMS."""
    betas, moms = case.numbers("BETAS"), case.numbers("MOMS")
    if case.wrapped and case.trainer.reads_betas and betas and moms and betas[0] not in moms:
        such = {"beta": shown(betas[0]), "moms": shown(moms)}
        message = _("The first of BETAS, {beta}, has no effect: MOMS, {moms}, set it at every iteration.", **such)
        yield Found(message, "BETAS")


@rule(
    "batch-size-is-total", "info", N_("--batch_size is the total over all GPUs"),
    N_("It replaces BATCH_SIZE_PER_GPU, which counts per GPU."),
)  # fmt: skip
def total_batch(case: Case) -> Iterator[Found]:
    """What --batch_size means."""
    plan = case.plan
    if plan.batch_size is None or plan.batch_size % plan.gpus:
        return
    gpus = ngettext("{n} GPU", "{n} GPUs", plan.gpus, n=count(plan.gpus))
    message = _("--batch_size {total} is the total over {gpus}, so {each} per GPU, and replaces BATCH_SIZE_PER_GPU.",
        total=count(plan.batch_size), gpus=gpus, each=count(plan.batch_size // plan.gpus))  # fmt: skip
    yield Found(message, "BATCH_SIZE_PER_GPU")
