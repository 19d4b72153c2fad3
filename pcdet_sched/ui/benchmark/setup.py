"""What to run: the table of variants, the presets, the length of the run, *Run* and *Stop*."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from pcdet_sched.benchmark.description import Description
from pcdet_sched.benchmark.parse import PRESETS, format_spikes, parse_value
from pcdet_sched.benchmark.variant import PRECISIONS, BenchmarkError, Variant
from pcdet_sched.limits import limits
from pcdet_sched.simulation import simulate
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape
from pcdet_sched.ui.parts.job import Measuring, measuring
from pcdet_sched.ui.state import tune

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkResult

_FIRST = "loss-scale"
_PRESET, _ITERATIONS, _EPOCHS, _DEVICE = (f"bench-{name}" for name in ("preset", "iterations", "epochs", "device"))
_COLUMNS = {
    "precision": st.column_config.SelectboxColumn(
        "Precision", options=list(PRECISIONS), required=True, default="fp32",
        help="fp16 is the trainer's --use_amp; bf16 it does not have.",
    ),
    "clip": st.column_config.NumberColumn("GRAD_NORM_CLIP", min_value=0.0, format="%g", help="Empty: no clipping."),
    "loss_scale": st.column_config.NumberColumn(
        "LOSS_SCALE_FP16", min_value=0.0, format="%g", default=Variant.loss_scale, required=True,
        help="The GradScaler's first scale; fp16 only.",
    ),
    "keep_scaler": st.column_config.CheckboxColumn(
        "Keep the scaler", default=False, help="The trainer builds a new one in every epoch."
    ),
    "growth_interval": st.column_config.NumberColumn(
        "Growth interval", min_value=1, step=1, default=Variant.growth_interval, required=True,
        help="Good steps in a row after which the scale doubles.",
    ),
    "seed": st.column_config.NumberColumn("Seed", min_value=0, step=1, default=0, required=True),
    "spike": st.column_config.TextColumn(
        "Spikes", default="", help="Damaged scenes, as iteration:magnitude: 100:inf or 50:huge+100:1e4"
    ),
}  # fmt: skip


@dataclass
class Bench(Measuring):
    """One visitor's benchmark.

    `rows` fill the table of variants and `edited` is what the visitor made of them; `generation` counts how often the
    table was filled anew. `earlier` is a result that was uploaded.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    edited: list[dict[str, Any]] = field(default_factory=list)
    generation: int = 0
    earlier: BenchmarkResult | None = None

    def fill(self, rows: list[dict[str, Any]]) -> None:
        """Put other rows into the table."""
        self.rows = self.edited = rows
        self.generation += 1


def bench() -> Bench:
    """This visitor's benchmark."""
    return measuring(Bench)


def setup() -> None:
    """All that is chosen before a run. A run that is asked for begins here."""
    state = bench()
    st.html(f"<p>It trains with the optimizer and the schedule of <strong>{escape(tune().name)}</strong> on Tune.</p>")
    if not state.rows:
        _fill(state, _FIRST)
    st.segmented_control(
        "Preset", list(PRESETS), format_func=lambda name: PRESETS[name].title, key=_PRESET, on_change=_preset,
        default=_FIRST,
    )  # fmt: skip
    _table(state)
    run, stop, iterations, epochs, device = st.columns([1, 1, 2, 2, 2], vertical_alignment="bottom")
    most = limits().max_iterations
    with iterations:
        st.number_input("Iterations", 1, most, min(200, most), key=_ITERATIONS, persist_state="session")
    with epochs:
        st.number_input(
            "Epochs", 1, 100, 4, key=_EPOCHS, persist_state="session",
            help="They share the iterations. The schedule of Tune is compressed to them.",
        )  # fmt: skip
    with device:
        st.selectbox("Device", devices(), key=_DEVICE, persist_state="session")
    busy = state.job is not None
    run.button("Run", type="primary", on_click=_run, disabled=busy, width="stretch", icon=":material/play_arrow:")
    stop.button("Stop", on_click=state.stop, disabled=not busy, width="stretch", icon=":material/stop:")
    if state.error:
        callout("bad", "That cannot be run.", state.error)


def _table(state: Bench) -> None:
    key = f"bench-table-{state.generation}"
    if key not in st.session_state:  # another page was open meanwhile, and the table's own state is gone
        state.rows = state.edited
    frame = pd.DataFrame(state.rows, columns=list(_COLUMNS)).astype({"clip": float})
    edited = st.data_editor(
        frame, column_config=_COLUMNS, num_rows="dynamic", hide_index=True, key=key, width="stretch",
        alt="Variants, one per row",
    )  # fmt: skip
    state.edited = [{str(name): value for name, value in row.items()} for row in edited.to_dict("records")]


@guarded()
def _preset() -> None:
    name = st.session_state[_PRESET]
    if name is not None:
        _fill(bench(), name)


def _fill(state: Bench, preset: str) -> None:
    try:
        variants = PRESETS[preset].variants(tuned_block(), st.session_state.get(_ITERATIONS, 200))
    except BenchmarkError as error:
        state.error = str(error)
        variants = PRESETS[preset].variants({}, 200)
    else:
        state.error = ""
    state.fill([row_of(variant) for variant in variants])


def tuned_block() -> dict[str, Any]:
    """The block of Tune with what its run plan overrides."""
    work = tune()
    block = dict(work.config.optimization)
    if work.plan.epochs is not None:
        block["NUM_EPOCHS"] = work.plan.epochs
    return block | ({"USE_AMP": True} if work.plan.use_amp else {})


def row_of(variant: Variant) -> dict[str, Any]:
    """A variant as a row of the table."""
    return {
        "precision": variant.precision,
        "clip": math.nan if variant.clip is None else variant.clip,
        "loss_scale": variant.loss_scale,
        "keep_scaler": variant.keep_scaler,
        "growth_interval": variant.growth_interval,
        "seed": variant.seed,
        "spike": format_spikes(variant.spikes),
    }


def variant_of(row: Mapping[str, Any], block: Mapping[str, Any]) -> Variant:
    """The variant of a row over a block. Raises BenchmarkError."""
    return Variant.from_block(
        block,
        precision=row["precision"],
        clip=None if _empty(row["clip"]) else float(row["clip"]),
        loss_scale=row["loss_scale"],
        keep_scaler=bool(row["keep_scaler"]),
        growth_interval=_whole(row["growth_interval"]),
        seed=_whole(row["seed"]),
        spikes=() if _empty(row["spike"]) else parse_value("spike", str(row["spike"])),
    )


def _empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _whole(value: Any) -> Any:
    """The table has whole numbers as floats once a cell of their column was empty."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@guarded()
def _run() -> None:
    state = bench()
    block = tuned_block()
    try:
        variants = [variant_of(row, block) for row in state.edited]
        conditions: dict[str, Any] = {
            "iterations": st.session_state[_ITERATIONS],
            "epochs": min(st.session_state[_EPOCHS], st.session_state[_ITERATIONS]),
            "device": st.session_state[_DEVICE],
            "real_iterations": real_iterations(),
        }
        state.start([Description(variant, **conditions) for variant in variants], conditions["device"], workers=1)
    except BenchmarkError as error:
        state.error = str(error)


def real_iterations() -> int | None:
    """Iterations of the run that Tune shows, which WARMUP_ITER is counted in; None where they are not known."""
    return simulate(tune().config, tune().plan).total_iterations or None


@st.cache_data(show_spinner=False)
def devices() -> list[str]:
    """What this server can run on, the quickest first."""
    import torch

    return [*(["cuda"] if torch.cuda.is_available() else []), "cpu"]
