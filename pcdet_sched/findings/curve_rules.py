"""Warnings about the curve: it trains, but lr or momentum hardly goes as its author meant."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from pcdet_sched.findings.case import Case, Found, rule
from pcdet_sched.findings.wording import count, epochs, percent, shown
from pcdet_sched.keys import KEYS
from pcdet_sched.language import N_, _
from pcdet_sched.trainer_records.parts import COSINE_ANNEAL, ONE_CYCLE, STEP_DECAY

# A warm-up in whole iterations may stop a step short of LR.
_NEARLY = 0.95
# A stair this high at the end of a warm-up shows in a plot; the steps of the cosine itself are smaller.
_JUMP = 0.01


@rule(
    "merge-flag", "warning", N_("--merge_all_iters_to_one_epoch ends the run early"),
    N_("Epochs are counted twice: the schedule is built for iterations × epochs of the merged run, the loop runs "
    "only one epoch's share of it. With 80 epochs training ends after 1.25% of its schedule, still in the warm-up."),
)  # fmt: skip
def merge_flag(case: Case) -> Iterator[Found]:
    """Epochs are counted twice (tools/train.py, both releases)."""
    if case.plan.merge_all_iters_to_one_epoch and case.drawn and case.scheduled > case.end:
        yield Found(
            _(
                "--merge_all_iters_to_one_epoch counts the epochs twice: the schedule is built for {scheduled} "
                "iterations and the run ends after {end}, {share} of it: leave the flag out.",
                scheduled=count(case.scheduled), end=count(case.end), share=percent(case.end / case.scheduled),
            )
        )  # fmt: skip


@rule(
    "trains-nothing", "warning", N_("The run has no iteration"),
    N_("The loop over the epochs is empty: the trainer ends at once."),
)  # fmt: skip
def trains_nothing(case: Case) -> Iterator[Found]:
    """An empty loop: no epochs, or a checkpoint at the end."""
    if not case.drawn or case.length > 0:
        return
    run = epochs(max(case.epochs, 0))
    if case.plan.checkpoint is None:
        message = _("The run has {run}, which leaves no iteration to train.", run=run)
    else:
        message = _("The run has {run}, which leaves no iteration to train after the {done} of the checkpoint.",
            run=run, done=epochs(case.plan.checkpoint.epoch))  # fmt: skip
    yield Found(message, "NUM_EPOCHS" if case.plan.epochs is None else None)


@rule(
    "pct-start-too-high", "warning", N_("The peak lies at or beyond the end"),
    N_("PCT_START is the part of the run over which lr rises. At 1 or more it rises to the very end and never "
    "anneals."),
)  # fmt: skip
def pct_start(case: Case) -> Iterator[Found]:
    """The peak at or beyond the end."""
    share = case.number("PCT_START")
    if not case.wrapped or share is None or share < 1:
        return
    better = share / 100 if 2 <= share < 100 else KEYS["PCT_START"].default  # a percentage, it seems
    yield Found(
        _(
            "{setting} lets {quantity} go towards its peak to the end and never reverse: it is a part of the run, "
            "so write a number below 1, such as `{better}`.",
            setting=case.said("PCT_START"), quantity="lr" if case.schedule == ONE_CYCLE else _("momentum"),
            better=shown(better),
        ),
        "PCT_START",
        {"PCT_START": better},
    )  # fmt: skip


@rule(
    "peak-never-reached", "warning", N_("lr never reaches LR"),
    N_("The highest lr of the whole run stays below LR: the run ends before the rise does."),
)  # fmt: skip
def peak_never_reached(case: Case) -> Iterator[Found]:
    """The highest lr stays below LR, and no other finding says why."""
    lr, share = case.number("LR"), case.number("PCT_START")
    if not case.drawn or lr is None or lr <= 0 or case.run.first_iteration or not case.lr:
        return
    explained = case.scheduled > case.end or (case.wrapped and share is not None and share >= 1)
    waits = case.schedule == COSINE_ANNEAL and (case.number("WARMUP_ITER") or 0) >= case.end
    highest = max(case.lr.values())
    if explained or waits or not highest < lr * _NEARLY:
        return
    yield Found(
        _(
            "lr never reaches {setting}: its highest value in the whole run is {highest}.",
            setting=case.setting("LR"), highest=f"{highest:.6g}",
        ),
        "WARMUP_EPOCH" if case.warms_up else "LR",
    )  # fmt: skip


@rule(
    "starts-above-peak", "warning", N_("lr starts above LR"),
    N_("One-cycle starts at LR / DIV_FACTOR: with a DIV_FACTOR below 1 the warm-up goes down, not up."),
)  # fmt: skip
def starts_above_peak(case: Case) -> Iterator[Found]:
    """One-cycle from LR / DIV_FACTOR, which is above LR."""
    factor = case.number("DIV_FACTOR")
    if case.schedule != ONE_CYCLE or factor is None or not 0 < factor < 1:
        return
    better = 1 / factor if (1 / factor).is_integer() else KEYS["DIV_FACTOR"].default
    yield Found(
        _(
            "{setting} starts the run above LR, at LR / {factor}, and the warm-up goes down to LR: write 1 or more, "
            "such as `{better}`.",
            setting=case.setting("DIV_FACTOR"), factor=shown(factor), better=shown(better),
        ),
        "DIV_FACTOR",
        {"DIV_FACTOR": better},
    )  # fmt: skip


@rule(
    "moms-reversed", "warning", N_("MOMS the wrong way round"),
    N_("Momentum goes from the first of MOMS at the ends of the run to the second at the peak of lr. One-cycle "
    "wants it high at the ends and low at the peak."),
)  # fmt: skip
def moms_reversed(case: Case) -> Iterator[Found]:
    """Low at the ends, high at the peak."""
    moms = case.numbers("MOMS")
    if case.wrapped and moms is not None and len(moms) == 2 and 0 <= moms[0] < moms[1] < 1:
        message = _("{setting} lets momentum rise towards the peak of lr and fall after it: the higher one comes "
            "first.", setting=case.said("MOMS"))  # fmt: skip
        yield Found(message, "MOMS", {"MOMS": moms[::-1]})


@rule(
    "moms-out-of-range", "warning", N_("MOMS outside of [0, 1)"),
    N_("MOMS drive Adam's first beta, and the wrapper sets it past torch's own check. At 1 or more the average "
    "never forgets."),
)  # fmt: skip
def moms_out_of_range(case: Case) -> Iterator[Found]:
    """Where no average is one."""
    moms = case.numbers("MOMS")
    if case.wrapped and moms is not None and len(moms) == 2 and not all(0 <= value < 1 for value in moms):
        message = _("{setting} goes outside of [0, 1), where Adam's first beta must be and where nothing checks it.",
            setting=case.said("MOMS"))  # fmt: skip
        yield Found(message, "MOMS", {"MOMS": KEYS["MOMS"].default})


def _lr_key(case: Case) -> str:
    """The key that an odd lr comes from."""
    return "DIV_FACTOR" if (case.number("LR") or 0) > 0 > (case.number("DIV_FACTOR") or 0) else "LR"


@rule(
    "lr-not-finite", "warning", N_("lr becomes infinite or nan"),
    N_("The schedule gives a value that is no finite number, and the weights are lost with the first such step."),
)  # fmt: skip
def lr_not_finite(case: Case) -> Iterator[Found]:
    """Told by the first iteration that has it."""
    first = next(((k, lr) for k, lr in case.lr.items() if not math.isfinite(lr)), None)
    if first is not None:
        key = _lr_key(case)
        such = {"setting": case.setting(key), "lr": first[1], "iteration": count(first[0])}
        yield Found(_("{setting}: lr is {lr} at iteration {iteration}.", **such), key)


@rule("lr-negative", "warning", N_("lr becomes negative"), N_("The optimizer then climbs the loss."))
def lr_negative(case: Case) -> Iterator[Found]:
    """Told by the first iteration that has it."""
    first = next(((k, lr) for k, lr in case.lr.items() if lr < 0), None)
    if first is None:
        return
    key = _lr_key(case)
    value = case.number(key)
    such = {"setting": case.setting(key), "lr": f"{first[1]:.4g}", "iteration": count(first[0])}
    message = _("{setting}: lr is {lr} at iteration {iteration}, and a negative lr climbs the loss.", **such)
    yield Found(message, key, {key: -value} if value is not None and value < 0 else None)


@rule("lr-zero", "warning", N_("lr is 0 throughout"), N_("Nothing is learned."))
def lr_zero(case: Case) -> Iterator[Found]:
    """No boundary has any."""
    if not case.lr or any(case.lr.values()):
        return
    text = case.setting(_lr_key(case))
    if case.wrapped and case.number("LR") == 0:  # the LR of the table is one for Adam
        better = KEYS["LR"].default
        message = _("{setting}: lr is 0 throughout, and nothing is learned: write a positive number, such as "
            "`{better}`.", setting=text, better=shown(better))  # fmt: skip
        yield Found(message, "LR", {"LR": better})
    else:
        yield Found(_("{setting}: lr is 0 throughout, and nothing is learned.", setting=text), "LR")


def _beyond(case: Case) -> tuple[list[float], list[float]]:
    """The decay steps and those that the run does not reach: an entry e acts at the start of epoch e, from 0."""
    steps = case.numbers("DECAY_STEP_LIST") or []
    decays = case.schedule is not None and "DECAY_STEP_LIST" in case.schedule.reads
    if not decays or not case.drawn or case.length <= 0:
        return [], []
    return steps, [step for step in steps if step >= case.epochs]


@rule(
    "decay-never-reached", "warning", N_("Every entry of DECAY_STEP_LIST lies beyond the run"),
    N_("An entry takes effect at the start of the epoch of that number, counted from 0, so it must be below the "
    "number of epochs. Here none is, and lr stays where it is."),
)  # fmt: skip
def decay_never_reached(case: Case) -> Iterator[Found]:
    """Not one entry."""
    steps, beyond = _beyond(case)
    if not steps or len(beyond) < len(steps):
        return
    such = {"setting": case.setting("DECAY_STEP_LIST"), "run": epochs(case.epochs)}
    better = _within(steps, case.epochs)
    if better is None:
        message = _("{setting} lies beyond the run's {run} with every entry, so lr never decays.", **such)
        yield Found(message, "DECAY_STEP_LIST")
    else:
        message = _("{setting} lies beyond the run's {run} with every entry, so lr never decays: write `{better}`, "
            "in the same proportions.", **such, better=shown(better))  # fmt: skip
        yield Found(message, "DECAY_STEP_LIST", {"DECAY_STEP_LIST": better})


def _within(steps: list[float], run: int) -> list[int] | None:
    """The steps in whole epochs, scaled so that the last one leaves a tenth of the run; None for a run too short."""
    last = max(1, run * 9 // 10)
    if run < 2 or not all(0 < step < math.inf for step in steps):
        return None
    return sorted({max(1, round(Fraction(step) * last / Fraction(max(steps)))) for step in steps})


@rule(
    "decay-partly-reached", "info", N_("Some entries of DECAY_STEP_LIST lie beyond the run"),
    N_("They are never reached. The others decay lr as they should."),
)  # fmt: skip
def decay_partly_reached(case: Case) -> Iterator[Found]:
    """Some entries, not all."""
    steps, beyond = _beyond(case)
    if 0 < len(beyond) < len(steps):
        message = _("{setting} has entries beyond the run's {run} that are never reached: {entries}.",
            setting=case.setting("DECAY_STEP_LIST"), run=epochs(case.epochs), entries=shown(beyond)[1:-1])  # fmt: skip
        yield Found(message, "DECAY_STEP_LIST")


@rule(
    "clip-above-lr", "warning", N_("LR_CLIP is above LR"),
    N_("The factor on LR is never less than LR_CLIP / LR. Above 1 it raises lr, and no decay is ever seen."),
)  # fmt: skip
def clip_above_lr(case: Case) -> Iterator[Found]:
    """The lower bound above the start."""
    clip, lr = case.number("LR_CLIP"), case.number("LR")
    if case.schedule != STEP_DECAY or clip is None or lr is None or not 0 < lr < clip:
        return
    default = KEYS["LR_CLIP"].default
    message = _("{clip} is above {lr}, so lr is {value} throughout and never decays: write a bound below LR, such as "
        "`{better}`.",
        clip=case.setting("LR_CLIP"), lr=case.setting("LR"), value=f"{clip:.6g}", better=shown(default))  # fmt: skip
    yield Found(message, "LR_CLIP", {"LR_CLIP": default} if default < lr else None)


@rule(
    "warm-up-longer-than-run", "warning", N_("The warm-up is longer than the run"),
    N_("WARMUP_ITER counts iterations. Where the run has no more of them, lr rises to the end and never anneals."),
)  # fmt: skip
def long_warm_up(case: Case) -> Iterator[Found]:
    """The straight warm-up takes the whole run."""
    length = case.number("WARMUP_ITER")
    if case.schedule != COSINE_ANNEAL or not case.drawn or length is None or case.length <= 0 or length < case.end:
        return
    message = _("{setting} counts iterations, and the run has {end}: lr rises to the end and never anneals.",
        setting=case.setting("WARMUP_ITER"), end=count(case.end))  # fmt: skip
    yield Found(message, "WARMUP_ITER", {"WARMUP_ITER": min(KEYS["WARMUP_ITER"].default, _within_an_epoch(case))})


@rule(
    "lr-jump", "warning", N_("lr jumps where the warm-up ends"),
    N_("After the warm-up lr goes on where the schedule would be by then, not where the warm-up left it. A warm-up "
    "that ends within the first epoch, or before the first decay, has no jump."),
)  # fmt: skip
def jump(case: Case) -> Iterator[Found]:
    """A fall of lr where the warm-up hands over; a rise there is the last step of the warm-up's own."""
    at = _warm_up_end(case)
    if at is None or at not in case.lr or at - 1 not in case.lr:
        return
    before, after = case.lr[at - 1], case.lr[at]
    if not before > 0 or after >= before * (1 - _JUMP):
        return
    message = _("lr falls by {share} where the warm-up ends, at iteration {at}: from {before} to {after}, where the "
        "schedule is by then: end the warm-up earlier.",
        share=percent(1 - after / before), at=count(at), before=f"{before:.4g}", after=f"{after:.4g}")  # fmt: skip
    if case.schedule == COSINE_ANNEAL:
        yield Found(message, "WARMUP_ITER", {"WARMUP_ITER": _within_an_epoch(case)})
    else:
        yield Found(message, "WARMUP_EPOCH")


def _within_an_epoch(case: Case) -> int:
    """The longest warm-up after which an iteration of the first epoch is left, in which lr is LR."""
    return max(1, case.per_epoch - 1)


def _warm_up_end(case: Case) -> int | None:
    if not case.drawn:
        return None
    if case.schedule == COSINE_ANNEAL:
        length = case.number("WARMUP_ITER")
        return math.ceil(length) if length is not None and 0 < length < case.end else None
    length = case.number("WARMUP_EPOCH") if case.warms_up else None
    return math.ceil(length) * case.per_epoch if length is not None and 0 < length < case.epochs else None
