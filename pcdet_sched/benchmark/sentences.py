"""What a benchmark's numbers say, in words: of each run, and which of them decide between the variants."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pcdet_sched.language import N_, _, begun, ngettext, prose, row

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkResult, BenchmarkRun
    from pcdet_sched.benchmark.variant import Variant


NEARLY_ALL = 0.9
VISIBLE_UNDERFLOW = 1e-4
WORSE_LOSS, SLOWER = 1.2, 1.5
"""Times the best: a final loss or a time per iteration from which on it decides."""
_NAMED = 2
_PLACES = (N_("the scene"), N_("the loss"), N_("the output of {name}"), N_("the gradient of {name}"))
"""Where something can be not finite, as `watch.FiniteWatch` calls it and files have it."""


def labels(variants: Sequence[Variant]) -> tuple[str, ...]:
    """A name for each variant out of what differs among them; equal ones are numbered.

    >>> from pcdet_sched.benchmark.variant import Variant
    >>> labels([Variant(clip=10.0), Variant(clip=None)])
    ('clip 10', 'no clip')
    """
    parts = [_parts(variant) for variant in variants]
    names = list(dict.fromkeys(name for part in parts for name in part))
    differing = [name for name in names if len({part[name] for part in parts if name in part}) > 1] or ["precision"]
    found = [row(part[name] for name in differing if name in part) for part in parts]
    return tuple(_numbered(found, place) for place in range(len(found)))


def _numbered(found: Sequence[str], place: int) -> str:
    label = found[place]
    return label if found.count(label) == 1 else f"{label} ({found[: place + 1].count(label)})"


def _parts(variant: Variant) -> dict[str, str]:
    clip = variant.clip
    parts = {
        "precision": variant.precision,
        "clip": _("no clip") if clip is None else _("clip {norm:g}", norm=clip),
        "seed": _("seed {n}", n=variant.seed),
    }
    if variant.precision == "fp16":
        parts["scale"] = _("loss scale {scale:,.0f}", scale=variant.loss_scale)
        parts["growth"] = _("growth interval {n}", n=variant.growth_interval)
        parts["keep"] = _("scaler kept") if variant.keep_scaler else _("scaler rebuilt")
    spikes = [_("spike {spike}", spike=spike) for spike in variant.spikes]
    parts["spikes"] = _(" and ").join(spikes) or _("no spike")
    return parts | {key: f"{key} {value}" for key, value in variant.optimization.items()}


def sentences(result: BenchmarkResult) -> tuple[tuple[str, str], ...]:
    """What there is to say of each run, as its label and a sentence, most important first."""
    names = labels([run.variant for run in result.runs])
    return tuple((name, say) for name, run in zip(names, result.runs, strict=True) for say in said_of(run))


def said_of(run: BenchmarkRun) -> Iterator[str]:
    """The sentences about one run; none where it has no iterations."""
    if not run.readings:
        return
    yield from _weights(run)
    yield from _clipping(run)
    yield from _scaling(run)
    yield from _underflow(run)


def _weights(run: BenchmarkRun) -> Iterator[str]:
    lost, first = run.summary.weights_lost, run.summary.first_non_finite
    if lost is None:
        return
    if first is None:
        yield _("the weights are lost from iteration {lost} on, and nothing brings them back.", lost=lost)
    else:
        yield _(
            "the weights are lost from iteration {lost} on: {place} is not finite at iteration {first}, and nothing "
            "brings them back.",
            lost=lost, place=place(first.place), first=first.iteration,
        )  # fmt: skip


def place(written: str) -> str:
    """A place that is not finite, as it is called in the language; names of the detector's parts are names.

    >>> place("the gradient of heads.boxes.bias")
    'the gradient of heads.boxes.bias'
    """
    for words in _PLACES:
        head, field, _tail = words.partition("{name}")
        if (field or written == head) and written.startswith(head):
            return _(words, name=written.removeprefix(head)) if field else _(words)
    return written


def _clipping(run: BenchmarkRun) -> Iterator[str]:
    clip, summary, done = run.variant.clip, run.summary, len(run.readings)
    if clip is None or summary.weights_lost is not None:
        return
    said: dict[str, object] = {"clip": clip, "last": summary.last_clipped, "first": (summary.last_clipped or 0) + 1}
    said["share"] = f"{summary.clipped_share:.0%}" if summary.clipped_share >= 0.01 else _("under 1%")
    if summary.last_clipped is None:
        yield _("GRAD_NORM_CLIP {clip:g} cuts no step; the largest norm is {norm:.3g}.", clip=clip, norm=_largest(run))
    elif summary.clipped_share >= NEARLY_ALL:
        yield _("GRAD_NORM_CLIP {clip:g} cuts {share} of the steps: it sets the step size.", **said)
    elif summary.last_clipped < done / 2:
        yield _("GRAD_NORM_CLIP {clip:g} cuts {share} of the steps, all in the first {first}.", **said)
    else:
        yield _("GRAD_NORM_CLIP {clip:g} cuts {share} of the steps, the last at iteration {last}.", **said)


def _largest(run: BenchmarkRun) -> float:
    readings = run.readings
    taken = [norm for norm, skipped in zip(readings.grad_norm, readings.skipped, strict=True) if not skipped]
    return max(taken, default=0.0)


def _scaling(run: BenchmarkRun) -> Iterator[str]:
    if run.variant.precision != "fp16":
        return
    skipped, scale = run.summary.skipped_steps, run.variant.loss_scale
    if not skipped:
        yield _("a loss scale of {scale:,.0f} overflows nowhere: no step is skipped.", scale=scale)
        return
    bursts = epochs_that_overflow(run)
    said = {"n": skipped, "bursts": bursts, "scale": scale, "lowest": min(run.readings.loss_scale)}
    if bursts > 1:
        yield ngettext(
            "{n} step is skipped, in {bursts} epochs because each begins with a new scaler; the loss scale falls from "
            "{scale:,.0f} to {lowest:,.0f} at least once.",
            "{n} steps are skipped, in {bursts} epochs because each begins with a new scaler; the loss scale falls "
            "from {scale:,.0f} to {lowest:,.0f} at least once.",
            skipped, **said,
        )  # fmt: skip
    else:
        yield ngettext(
            "{n} step is skipped; the loss scale falls from {scale:,.0f} to {lowest:,.0f} at least once.",
            "{n} steps are skipped; the loss scale falls from {scale:,.0f} to {lowest:,.0f} at least once.",
            skipped, **said,
        )  # fmt: skip


def epochs_that_overflow(run: BenchmarkRun) -> int:
    """Epochs in which the scaler's first scale overflowed, other than in a damaged scene."""
    if run.variant.keep_scaler:
        return 0
    rows = zip(run.readings.iteration, run.readings.skipped, run.readings.loss_scale, strict=True)
    high = [i for i, gone, scale in rows if gone and scale == run.variant.loss_scale]
    per_epoch = run.description.iterations_per_epoch
    return len({i // per_epoch for i in high if run.variant.damage_at(i) is None})


def _underflow(run: BenchmarkRun) -> Iterator[str]:
    share = run.summary.underflow
    if share is None:
        return
    if share == 0:
        yield _("no gradient entry underflows.")
    elif share < VISIBLE_UNDERFLOW:
        yield _("next to nothing underflows ({share:.1e} of the gradient entries).", share=share)
    else:
        yield _("{share:.2%} of the gradient entries underflow: zero in fp16 and not in fp32.", share=share)


def drawbacks(run: BenchmarkRun, runs: Sequence[BenchmarkRun]) -> dict[str, str]:
    """What speaks against a run among others: a column of the table (loss, clipped, skipped, underflow, time) → why.

    The rules are those of docs/benchmark.md, "What speaks against a variant".
    """
    summary, done = run.summary, len(run.readings)
    if summary.weights_lost is not None:
        return {"loss": _("loses its weights at iteration {lost}", lost=summary.weights_lost)}
    found = {}
    if summary.skipped_steps:
        burst = epochs_that_overflow(run)
        each = burst > 1 and burst == run.description.epochs
        words = _("loses {n} of {done} steps, at each epoch's start") if each else _("loses {n} of {done} steps")
        found["skipped"] = words.format(n=summary.skipped_steps, done=done)
    if summary.underflow is not None and summary.underflow >= VISIBLE_UNDERFLOW:
        found["underflow"] = _("underflows {share:.2%}", share=summary.underflow)
    if summary.clipped_share >= NEARLY_ALL:
        found["clipped"] = _("is clipped in {share:.0%} of its steps", share=summary.clipped_share)
    sound = [other.summary for other in runs if other.summary.weights_lost is None]
    best = min((s.final_loss for s in sound if math.isfinite(s.final_loss)), default=math.nan)
    if not summary.final_loss <= best * WORSE_LOSS:
        found["loss"] = _("ends at a loss of {loss:.3g}, the best at {best:.3g}", loss=summary.final_loss, best=best)
    fastest = min((s.seconds_per_iteration for s in sound), default=math.nan)
    if summary.seconds_per_iteration > fastest * SLOWER:
        found["time"] = _("takes {times:.1f} times as long", times=summary.seconds_per_iteration / fastest)
    return found


def conclusion(runs: Sequence[BenchmarkRun], names: Sequence[str]) -> str:
    """One line: which variants nothing speaks against, and what speaks against the first two others."""
    found = {name: drawbacks(run, runs) for run, name in zip(runs, names, strict=True) if run.readings}
    good = [name for name, why in found.items() if not why]
    bad = [
        _("{name} {drawbacks}.", name=name, drawbacks=_(" and ").join(why.values()))
        for name, why in found.items()
        if why
    ]
    said = []
    if good:
        said.append(
            ngettext(
                "{names}: nothing speaks against it.", "{names}: nothing speaks against them.", len(good),
                names=_together(good),
            )
        )  # fmt: skip
    said += bad[:_NAMED]
    if len(bad) > _NAMED:
        said.append(_("The table says what speaks against the other {n}.", n=len(bad) - _NAMED))
    return prose(*map(begun, said))


def _together(names: Sequence[str]) -> str:
    *others, last = names
    return _("{names} and {last}", names=row(others), last=last) if others else last
