"""What to sweep: the axes, a grid or a sample, the length of a run, *Run* and *Stop*."""

from __future__ import annotations

import streamlit as st

from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.limits import limits
from pcdet_sched.sweep.grid import Grid, describe_points, parse_grid
from pcdet_sched.ui.benchmark.setup import devices, real_iterations, tuned_block
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape
from pcdet_sched.ui.parts.job import workers_here
from pcdet_sched.ui.state import tune
from pcdet_sched.ui.sweep.axes import axes, lines
from pcdet_sched.ui.sweep.tune import Sweep, Swept, sweep

_SAMPLES, _SEED, _ITERATIONS, _EPOCHS, _DEVICE = (
    f"sweep-{name}" for name in ("samples", "seed", "iterations", "epochs", "device")
)


def setup() -> None:
    """All that is chosen before a sweep. One that is asked for begins here."""
    state = sweep()
    name = escape(tune().name)
    st.html(f"<p>It varies the block of <strong>{name}</strong> on Tune. {escape(_where())}</p>")
    varied, rest = st.columns([3, 2], gap="medium")
    with varied:
        axes()
    with rest:
        _numbers()
    count, run, stop = st.columns([3, 1, 1], vertical_alignment="center")
    with count:
        ready = _count()
    busy = state.job is not None
    run.button(
        "Run", type="secondary" if busy else "primary", on_click=_run, disabled=busy or not ready, width="stretch",
        icon=":material/play_arrow:", key="sweep-run",
    )  # fmt: skip
    stop.button(
        "Stop", on_click=state.stop, disabled=not busy, width="stretch", icon=":material/stop:", key="sweep-stop"
    )
    if state.error:
        callout("bad", "That cannot be swept.", state.error)


def _where() -> str:
    if limits().scheduler:
        return "Runs go to the cluster of this server."
    workers = workers_here("cpu")
    return f"Runs go to {workers} worker process{'es' if workers > 1 else ''} on this machine."


def _numbers() -> None:
    left, right = st.columns(2)
    most = limits().max_iterations
    left.number_input(
        "Random samples", 1, limits().max_variants, None, key=_SAMPLES, placeholder="the whole grid",
        persist_state="session", help="So many random points of the axes, each with every seed of the axis seed.",
    )  # fmt: skip
    right.number_input(
        "Sample seed", 0, 2**31 - 1, 0, key=_SEED, persist_state="session", help="The same one draws the same points."
    )
    left.number_input("Iterations of each run", 1, most, min(100, most), key=_ITERATIONS, persist_state="session")
    right.number_input("Epochs of each run", 1, 100, 4, key=_EPOCHS, persist_state="session")
    if len(devices()) > 1:
        left.selectbox("Device of each run", devices(), key=_DEVICE, persist_state="session")


def _grid() -> Grid:
    return parse_grid(lines())


def _count() -> bool:
    """Say how many runs it makes; whether they can be run."""
    try:
        grid = _grid()
        runs = len(grid) if st.session_state[_SAMPLES] is None else len(_points(grid))
    except BenchmarkError as error:
        callout("bad", "These axes cannot be read.", str(error))
        return False
    most = limits().max_variants
    if runs > most:
        callout("warn", f"{runs:,} runs; this server takes {most}.", "The command line takes thousands.")
        return False
    st.html(f"<p><strong>{runs:,}</strong> run{'s' if runs > 1 else ''} of at most {most}.</p>")
    return True


def _points(grid: Grid) -> list[dict[str, object]]:
    samples = st.session_state[_SAMPLES]
    return list(grid) if samples is None else grid.sample(samples, st.session_state[_SEED])


@guarded()
def _run() -> None:
    state: Sweep = sweep()
    device = st.session_state.get(_DEVICE) or devices()[0]
    conditions = {
        "iterations": st.session_state[_ITERATIONS],
        "epochs": min(st.session_state[_EPOCHS], st.session_state[_ITERATIONS]),
        "device": device,
        "real_iterations": real_iterations(),
    }
    try:
        descriptions = describe_points(tuned_block(), _points(_grid()), conditions)
        state.start(descriptions, device, workers_here(device), limits().scheduler)
        state.opened, state.swept = (), Swept(tune().config, tune().name)
    except BenchmarkError as error:
        state.error = str(error)
