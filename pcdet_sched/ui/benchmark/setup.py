"""What to run: the table of variants, the presets, the length of the run, *Run* and *Stop*."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict, cast

import pandas as pd
import streamlit as st

from pcdet_sched.benchmark.parse import PRESETS, format_spikes, parse_value
from pcdet_sched.benchmark.result import BenchmarkResult
from pcdet_sched.benchmark.variant import PRECISIONS, BenchmarkError, Description, Variant
from pcdet_sched.language import _
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape
from pcdet_sched.ui.parts.measuring import Measuring, buttons, conditions, length_fields, measuring, tuned_block
from pcdet_sched.ui.state import tune

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

_FIRST = "loss-scale"
_PREFIX = "bench"
_PRESET = "bench-preset"


class Row(TypedDict):
    """A row of the table of variants; a clip of nan is no clipping."""

    precision: str
    clip: float
    loss_scale: float
    keep_scaler: bool
    growth_interval: float
    seed: float
    spike: str


def _columns() -> dict[str, ColumnConfig]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "precision": st.column_config.SelectboxColumn(
            _("Precision"), options=list(PRECISIONS), required=True, default="fp32",
            help=_("fp16 is the trainer's --use_amp; bf16 it does not have."),
        ),
        "clip": number("GRAD_NORM_CLIP", min_value=0.0, format="%g", help=_("Empty: no clipping.")),
        "loss_scale": number(
            "LOSS_SCALE_FP16", min_value=0.0, format="%g", default=Variant.loss_scale, required=True,
            help=_("The GradScaler's first scale; fp16 only."),
        ),
        "keep_scaler": st.column_config.CheckboxColumn(
            _("Keep the scaler"), default=False, help=_("The trainer builds a new one in every epoch.")
        ),
        "growth_interval": number(
            _("Growth interval"), min_value=1, step=1, default=Variant.growth_interval, required=True,
            help=_("Good steps in a row after which the scale doubles."),
        ),
        "seed": number(_("Seed"), min_value=0, step=1, default=0, required=True),
        "spike": text(
            _("Spikes"), default="", help=_("Damaged scenes, as iteration:magnitude: 100:inf or 50:huge+100:1e4")
        ),
    }  # fmt: skip


@dataclass
class Bench(Measuring[BenchmarkResult]):
    """One visitor's benchmark.

    `rows` fill the table of variants and `edited` is what the visitor made of them; `generation` counts how often the
    table was filled anew.
    """

    rows: list[Row] = field(default_factory=list)
    edited: list[Row] = field(default_factory=list)
    generation: int = 0

    def fill(self, rows: list[Row]) -> None:
        """Put other rows into the table."""
        self.rows = self.edited = rows
        self.generation += 1


def bench() -> Bench:
    """This visitor's benchmark."""
    return measuring(Bench)


def setup() -> None:
    """All that is chosen before a run. A run that is asked for begins here."""
    state = bench()
    name = f"<strong>{escape(tune().name)}</strong>"
    words = _("It trains with the optimizer and the schedule of {name} on Tune.", name=name)
    st.html(f"<p>{words}</p>")
    if not state.rows:
        _fill(state, _FIRST)
    st.segmented_control(
        _("Preset"), list(PRESETS), format_func=lambda preset: _(PRESETS[preset].title), key=_PRESET,
        on_change=_preset, default=_FIRST,
    )  # fmt: skip
    _table(state)
    run, stop, *lengths = st.columns([1, 1, 2, 2, 2], vertical_alignment="bottom")
    length_fields(_PREFIX, lengths, 200)
    buttons(_PREFIX, state, run, stop, _begin)
    if state.error:
        callout("bad", _("That cannot be run."), state.error)


def _table(state: Bench) -> None:
    key = f"bench-table-{state.generation}"
    if key not in st.session_state:  # another page was open meanwhile, and the table's own state is gone
        state.rows = state.edited
    frame = pd.DataFrame(state.rows, columns=list(Row.__annotations__)).astype({"clip": float})
    edited = st.data_editor(
        frame, column_config=_columns(), num_rows="dynamic", hide_index=True, key=key, width="stretch",
        alt=_("Variants, one per row"),
    )  # fmt: skip
    state.edited = cast("list[Row]", edited.to_dict("records"))


@guarded()
def _preset() -> None:
    name = st.session_state[_PRESET]
    if name is not None:
        _fill(bench(), name)


def _fill(state: Bench, preset: str) -> None:
    try:
        variants = PRESETS[preset].variants(
            tuned_block(), st.session_state.get(f"{_PREFIX}-iterations", 200), tune().plan.trainer
        )
    except BenchmarkError as error:
        state.error = str(error)
        variants = PRESETS[preset].variants({}, 200)
    else:
        state.error = ""
    state.fill([row_of(variant) for variant in variants])


def row_of(variant: Variant) -> Row:
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


def variant_of(row: Row, block: Mapping[str, object]) -> Variant:
    """The variant of a row over a block. Raises BenchmarkError."""
    return Variant.from_block(
        block,
        trainer=tune().plan.trainer,
        precision=row["precision"],
        clip=None if _empty(row["clip"]) else float(row["clip"]),
        loss_scale=row["loss_scale"],
        keep_scaler=bool(row["keep_scaler"]),
        growth_interval=_whole(row["growth_interval"]),
        seed=_whole(row["seed"]),
        spikes=() if _empty(row["spike"]) else parse_value("spike", str(row["spike"])),
    )


def _empty(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _whole(value: object) -> object:
    """The table has whole numbers as floats once a cell of their column was empty."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _begin() -> None:
    state, block, shared = bench(), tuned_block(), conditions(_PREFIX)
    descriptions = [Description(variant_of(row, block), **shared) for row in state.edited]
    state.start(descriptions, shared["device"], workers=1)
