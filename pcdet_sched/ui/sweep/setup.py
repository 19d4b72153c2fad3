"""What to sweep: the axes, a grid or a sample, the length of a run, *Run* and *Stop*."""

from __future__ import annotations

import streamlit as st

from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.language import N_, _, ngettext, prose
from pcdet_sched.limits import limits
from pcdet_sched.sweep.grid import Grid, describe_points, parse_grid
from pcdet_sched.ui.parts.html import callout, escape
from pcdet_sched.ui.parts.measuring import (
    buttons,
    conditions,
    devices,
    length_fields,
    tuned_block,
    workers_here,
)
from pcdet_sched.ui.state import tune
from pcdet_sched.ui.sweep.axes import axes, lines
from pcdet_sched.ui.sweep.tune import Swept, sweep

_PREFIX = "sweep"
_SAMPLES, _SEED = f"{_PREFIX}-samples", f"{_PREFIX}-seed"
_TITLES = (N_("Iterations of each run"), N_("Epochs of each run"), N_("Device of each run"))


def setup() -> None:
    """All that is chosen before a sweep. One that is asked for begins here."""
    state = sweep()
    words = _("It varies the block of {name} on Tune.", name=f"<strong>{escape(tune().name)}</strong>")
    st.html(f"<p>{prose(words, escape(_where()))}</p>")
    with st.container(key="sweep-setup"):
        varied, rest = st.columns([3, 2], gap="medium")
    with varied:
        axes()
    with rest:
        _numbers()
    count, run, stop = st.columns([3, 1, 1], vertical_alignment="center")
    with count:
        ready = _count()
    buttons(_PREFIX, state, run, stop, _begin, ready)
    if state.error:
        callout("bad", _("That cannot be swept."), state.error)


def _where() -> str:
    if limits().scheduler:
        return _("Runs go to the cluster of this server.")
    workers = workers_here("cpu")
    return ngettext(
        "Runs go to {n} worker process on this machine.", "Runs go to {n} worker processes on this machine.", workers,
        n=workers,
    )  # fmt: skip


def _numbers() -> None:
    left, right = st.columns(2)
    left.number_input(
        _("Random samples"), 1, limits().max_variants, None, key=_SAMPLES, placeholder=_("the whole grid"),
        persist_state="session", help=_("So many random points of the axes, each with every seed of the axis seed."),
    )  # fmt: skip
    right.number_input(
        _("Sample seed"), 0, 2**31 - 1, 0, key=_SEED, persist_state="session",
        help=_("The same one draws the same points."),
    )  # fmt: skip
    length_fields(_PREFIX, [left, right, left] if len(devices()) > 1 else [left, right], 100, _TITLES)


def _count() -> bool:
    """Say how many runs it makes; whether they can be run."""
    try:
        grid = parse_grid(lines())
        runs = len(grid) if st.session_state[_SAMPLES] is None else len(_points(grid))
    except BenchmarkError as error:
        callout("bad", _("These axes cannot be read."), str(error))
        return False
    most = limits().max_variants
    if runs > most:
        title = _("{runs:,} runs; this server takes {most}.", runs=runs, most=most)
        callout("warn", title, _("The command line takes thousands."))
        return False
    count = f"<strong>{runs:,}</strong>"
    words = ngettext("{count} run of at most {most}.", "{count} runs of at most {most}.", runs, count=count, most=most)
    st.html(f"<p>{words}</p>")
    return True


def _points(grid: Grid) -> list[dict[str, object]]:
    samples = st.session_state[_SAMPLES]
    return list(grid) if samples is None else grid.sample(samples, st.session_state[_SEED])


def _begin() -> None:
    state, shared = sweep(), conditions(_PREFIX)
    descriptions = describe_points(tuned_block(), _points(parse_grid(lines())), shared, tune().plan.trainer)
    state.start(descriptions, shared["device"], workers_here(shared["device"]), limits().scheduler)
    state.opened, state.swept = None, Swept(tune().config, tune().name)
