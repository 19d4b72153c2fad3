"""Warnings about the curve: it trains, but lr or momentum hardly goes as its author meant."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pcdet_sched.findings.wording import count, counted, percent, setting, shown
from pcdet_sched.keys import KEYS

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding

# A warm-up in whole iterations may stop a step short of LR.
_NEARLY = 0.95


def merge_flag(case: Case) -> Iterator[Finding]:
    """Epochs are counted twice (tools/train.py, both releases)."""
    course = case.course
    if not case.plan.merge_all_iters_to_one_epoch or course is None or course.scheduled <= course.total:
        return
    share = course.total / course.scheduled
    yield case.finding(
        "merge-flag",
        f"--merge_all_iters_to_one_epoch counts the epochs twice: the schedule is built for {count(course.scheduled)} "
        f"iterations and the run ends after {count(course.total)}, {percent(share)} of it: leave the flag out.",
    )


def trains_nothing(case: Case) -> Iterator[Finding]:
    """An empty loop: no epochs, or a checkpoint at the end."""
    course = case.course
    if course is None or course.length > 0:
        return
    at = (
        ""
        if case.plan.checkpoint is None
        else f" after the {counted(case.plan.checkpoint.epoch, 'epoch')} of the checkpoint"
    )
    key = "NUM_EPOCHS" if case.plan.epochs is None else None
    message = f"The run has {counted(max(course.epochs, 0), 'epoch')}, which leaves no iteration to train{at}."
    yield case.finding("trains-nothing", message, key)


def pct_start(case: Case) -> Iterator[Finding]:
    """The peak at or beyond the end."""
    share = case.number("PCT_START")
    if not case.wrapped or share is None or share < 1:
        return
    better = share / 100 if 2 <= share < 100 else KEYS["PCT_START"].default  # a percentage, it seems
    moves = "lr" if case.optimizer == "adam_onecycle" else "momentum"
    message = (
        f"{case.said('PCT_START')} lets {moves} go towards its peak to the end and never "
        f"turn round: it is a part of the run, so write a number below 1, such as `{shown(better)}`."
    )
    yield case.finding("pct-start-too-high", message, "PCT_START", {"PCT_START": better})


def peak_never_reached(case: Case) -> Iterator[Finding]:
    """The highest lr stays below LR, and no other finding says why."""
    course, lr, share = case.course, case.number("LR"), case.number("PCT_START")
    if course is None or lr is None or lr <= 0 or course.first or not course.lr:
        return
    explained = course.scheduled > course.total or (case.wrapped and share is not None and share >= 1)
    waits = case.optimizer == "adam_cosineanneal" and (case.number("WARMUP_ITER") or 0) >= course.total
    highest = max(course.lr.values())
    if explained or waits or not highest < lr * _NEARLY:
        return
    key = "WARMUP_EPOCH" if case.step_decay and case.block.get("LR_WARMUP") else "LR"
    message = (
        f"lr never reaches {setting('LR', case.block['LR'])}: its highest value in the whole run is {highest:.6g}."
    )
    yield case.finding("peak-never-reached", message, key)


def starts_above_peak(case: Case) -> Iterator[Finding]:
    """One-cycle from LR / DIV_FACTOR, which is above LR."""
    factor = case.number("DIV_FACTOR")
    if case.optimizer != "adam_onecycle" or factor is None or not 0 < factor < 1:
        return
    better = 1 / factor if (1 / factor).is_integer() else KEYS["DIV_FACTOR"].default
    message = (
        f"{setting('DIV_FACTOR', case.block['DIV_FACTOR'])} starts the run above LR, at LR / {shown(factor)}, and the "
        f"warm-up goes down to LR: write 1 or more, such as `{shown(better)}`."
    )
    yield case.finding("starts-above-peak", message, "DIV_FACTOR", {"DIV_FACTOR": better})


def moms(case: Case) -> Iterator[Finding]:
    """Momentum the wrong way round, or where no average is one."""
    values = case.numbers("MOMS")
    if not case.wrapped or values is None or len(values) != 2:
        return
    text = case.said("MOMS")
    if not all(0 <= value < 1 for value in values):
        message = f"{text} goes outside of [0, 1), where Adam's first beta must be and where nothing checks it."
        yield case.finding("moms-out-of-range", message, "MOMS", {"MOMS": KEYS["MOMS"].default})
    elif values[0] < values[1]:
        message = f"{text} lets momentum rise towards the peak of lr and fall after it: the higher one comes first."
        yield case.finding("moms-reversed", message, "MOMS", {"MOMS": values[::-1]})


def bad_lr(case: Case) -> Iterator[Finding]:
    """An lr that no optimizer should be given, told by the first iteration that has it."""
    lr = case.course.lr if case.course else {}
    key = "DIV_FACTOR" if (case.number("LR") or 0) > 0 > (case.number("DIV_FACTOR") or 0) else "LR"
    text = setting(key, case.block.get(key))
    broken = next((k for k, value in lr.items() if not math.isfinite(value)), None)
    negative = next((k for k, value in lr.items() if value < 0), None)
    if broken is not None:
        yield case.finding("lr-not-finite", f"{text}: lr is {lr[broken]} at iteration {count(broken)}.", key)
    if negative is not None:
        message = f"{text}: lr is {lr[negative]:.4g} at iteration {count(negative)}, and a negative lr climbs the loss."
        value = case.number(key)
        yield case.finding("lr-negative", message, key, {key: -value} if value is not None and value < 0 else None)
    if lr and not any(lr.values()):
        # The LR of the table is one for Adam.
        fix = {"LR": KEYS["LR"].default} if case.wrapped and case.number("LR") == 0 else None
        advice = f": write a positive number, such as `{shown(fix['LR'])}`" if fix else ""
        yield case.finding("lr-zero", f"{text}: lr is 0 throughout, and nothing is learned{advice}.", "LR", fix)


RULES = (merge_flag, trains_nothing, pct_start, peak_never_reached, starts_above_peak, moms, bad_lr)
