"""Warnings about decay steps and warm-ups: those that the run does not reach, and jumps of lr between them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from pcdet_sched.findings.wording import count, counted, percent, setting, shown
from pcdet_sched.keys import KEYS

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.course import Course
    from pcdet_sched.findings.report import Finding

# A stair this high at the end of a warm-up shows in a plot; the steps of the cosine itself are smaller.
_JUMP = 0.01


def decay_steps(case: Case) -> Iterator[Finding]:
    """Entries that the run does not reach: an entry e acts at the start of epoch e, from 0."""
    steps, course = case.numbers("DECAY_STEP_LIST"), case.course
    if not case.step_decay or not steps or course is None or course.length <= 0:
        return
    beyond = [step for step in steps if step >= course.epochs]
    text = setting("DECAY_STEP_LIST", case.block["DECAY_STEP_LIST"])
    run = f"the run's {counted(course.epochs, 'epoch')}"
    if len(beyond) == len(steps):
        better = _within(steps, course.epochs)
        advice = f": write `{shown(better)}`, in the same proportions" if better else ""
        message = f"{text} lies beyond {run} with every entry, so lr never decays{advice}."
        yield case.finding(
            "decay-never-reached", message, "DECAY_STEP_LIST", {"DECAY_STEP_LIST": better} if better else None
        )
    elif beyond:
        message = f"{text} has entries beyond {run} that are never reached: {shown(beyond)[1:-1]}."
        yield case.finding("decay-partly-reached", message, "DECAY_STEP_LIST")


def _within(steps: list[float], epochs: int) -> list[int] | None:
    """The steps in whole epochs, scaled so that the last one leaves a tenth of the run; None for a run too short."""
    last = max(1, epochs * 9 // 10)
    if epochs < 2 or not all(0 < step < math.inf for step in steps):
        return None
    return sorted({max(1, round(Fraction(step) * last / Fraction(max(steps)))) for step in steps})


def clip_above_lr(case: Case) -> Iterator[Finding]:
    """The lower bound above the start."""
    clip, lr = case.number("LR_CLIP"), case.number("LR")
    if not case.step_decay or clip is None or lr is None or not 0 < lr < clip:
        return
    default = KEYS["LR_CLIP"].default
    message = (
        f"{setting('LR_CLIP', case.block['LR_CLIP'])} is above {setting('LR', case.block['LR'])}, so lr is "
        f"{clip:.6g} throughout and never decays: write a bound below LR, such as `{shown(default)}`."
    )
    yield case.finding("clip-above-lr", message, "LR_CLIP", {"LR_CLIP": default} if default < lr else None)


def long_warm_up(case: Case) -> Iterator[Finding]:
    """The straight warm-up takes the whole run."""
    course, length = case.course, case.number("WARMUP_ITER")
    if case.optimizer != "adam_cosineanneal" or course is None or length is None or course.length <= 0:
        return
    if length < course.total:
        return
    message = (
        f"{setting('WARMUP_ITER', case.block['WARMUP_ITER'])} counts iterations, and the run has "
        f"{count(course.total)}: lr rises to the end and never anneals."
    )
    better = min(KEYS["WARMUP_ITER"].default, _within_an_epoch(course))
    yield case.finding("warm-up-longer-than-run", message, "WARMUP_ITER", {"WARMUP_ITER": better})


def jump(case: Case) -> Iterator[Finding]:
    """A fall of lr where the warm-up hands over; a rise there is the last step of the warm-up's own."""
    course, at = case.course, _warm_up_end(case)
    if course is None or at is None or at not in course.lr or at - 1 not in course.lr:
        return
    before, after = course.lr[at - 1], course.lr[at]
    if not before > 0 or after >= before * (1 - _JUMP):
        return
    key = "WARMUP_ITER" if case.optimizer == "adam_cosineanneal" else "WARMUP_EPOCH"
    short = {"WARMUP_ITER": _within_an_epoch(course)} if key == "WARMUP_ITER" else None
    message = (
        f"lr falls by {percent(1 - after / before)} where the warm-up ends, at iteration {count(at)}: from "
        f"{before:.4g} to {after:.4g}, where the schedule is by then: end the warm-up earlier."
    )
    yield case.finding("lr-jump", message, key, short)


def _within_an_epoch(course: Course) -> int:
    """The longest warm-up after which an iteration of the first epoch is left, in which lr is LR."""
    return max(1, course.per_epoch - 1)


def _warm_up_end(case: Case) -> int | None:
    course = case.course
    if course is None:
        return None
    if case.optimizer == "adam_cosineanneal":
        length = case.number("WARMUP_ITER")
        return math.ceil(length) if length is not None and 0 < length < course.total else None
    epochs = case.number("WARMUP_EPOCH") if case.step_decay and case.block.get("LR_WARMUP") else None
    return math.ceil(epochs) * course.per_epoch if epochs is not None and 0 < epochs < course.epochs else None


RULES = (decay_steps, clip_above_lr, long_warm_up, jump)
