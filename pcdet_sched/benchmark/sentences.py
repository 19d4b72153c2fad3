"""What a benchmark's numbers say, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkResult, BenchmarkRun
    from pcdet_sched.benchmark.variant import Variant


NEARLY_ALL = 0.9
VISIBLE_UNDERFLOW = 1e-4


def labels(variants: Sequence[Variant]) -> tuple[str, ...]:
    """A name for each variant out of what differs among them; equal ones are numbered.

    >>> from pcdet_sched.benchmark.variant import Variant
    >>> labels([Variant(clip=10.0), Variant(clip=None)])
    ('clip 10', 'no clip')
    """
    parts = [_parts(variant) for variant in variants]
    names = list(dict.fromkeys(name for part in parts for name in part))
    differing = [name for name in names if _differs(name, parts)] or ["precision"]
    found = [", ".join(part[name] for name in differing if name in part) for part in parts]
    return tuple(_numbered(found, place) for place in range(len(found)))


def _differs(name: str, parts: Sequence[Mapping[str, str]]) -> bool:
    return len({part[name] for part in parts if name in part}) > 1


def _numbered(found: Sequence[str], place: int) -> str:
    label = found[place]
    return label if found.count(label) == 1 else f"{label} ({found[: place + 1].count(label)})"


def _parts(variant: Variant) -> dict[str, str]:
    parts = {
        "precision": variant.precision,
        "clip": "no clip" if variant.clip is None else f"clip {variant.clip:g}",
        "seed": f"seed {variant.seed}",
    }
    if variant.precision == "fp16":
        parts["scale"] = f"loss scale {variant.loss_scale:,.0f}"
        parts["growth"] = f"growth interval {variant.growth_interval}"
        parts["keep"] = "scaler kept" if variant.keep_scaler else "scaler rebuilt"
    parts["spikes"] = " and ".join(f"spike {spike}" for spike in variant.spikes) or "no spike"
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
    summary = run.summary
    if summary.weights_lost is not None:
        first = summary.first_non_finite
        origin = f": {first.place} is not finite at iteration {first.iteration}" if first else ""
        yield f"the weights are lost from iteration {summary.weights_lost} on{origin}, and nothing brings them back."


def _clipping(run: BenchmarkRun) -> Iterator[str]:
    clip, summary, done = run.variant.clip, run.summary, len(run.readings)
    if clip is None or summary.weights_lost is not None:
        return
    share = f"{summary.clipped_share:.0%}" if summary.clipped_share >= 0.01 else "under 1%"
    if summary.last_clipped is None:
        yield f"GRAD_NORM_CLIP {clip:g} cuts no step; the largest norm is {_largest(run):.3g}."
    elif summary.clipped_share >= NEARLY_ALL:
        yield f"GRAD_NORM_CLIP {clip:g} cuts {share} of the steps: it sets the step size."
    elif summary.last_clipped < done / 2:
        yield f"GRAD_NORM_CLIP {clip:g} cuts {share} of the steps, all in the first {summary.last_clipped + 1}."
    else:
        yield f"GRAD_NORM_CLIP {clip:g} cuts {share} of the steps, the last at iteration {summary.last_clipped}."


def _largest(run: BenchmarkRun) -> float:
    readings = run.readings
    taken = [norm for norm, skipped in zip(readings.grad_norm, readings.skipped, strict=True) if not skipped]
    return max(taken, default=0.0)


def _scaling(run: BenchmarkRun) -> Iterator[str]:
    if run.variant.precision != "fp16":
        return
    skipped, scale = run.summary.skipped_steps, run.variant.loss_scale
    if not skipped:
        yield f"a loss scale of {scale:,.0f} overflows nowhere: no step is skipped."
        return
    lowest = min(run.readings.loss_scale)
    steps = "1 step is" if skipped == 1 else f"{skipped} steps are"
    bursts = epochs_that_overflow(run)
    again = f", in {bursts} epochs because each begins with a new scaler" if bursts > 1 else ""
    yield f"{steps} skipped{again}; the loss scale falls from {scale:,.0f} to {lowest:,.0f} at least once."


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
    if share < VISIBLE_UNDERFLOW:
        yield f"next to nothing underflows ({share:.1e} of the gradient entries)."
    else:
        yield f"{share:.2%} of the gradient entries underflow: zero in fp16 and not in fp32."
