"""From a run of a sweep to the config that it ran, on Tune."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from pcdet_sched.benchmark.variant import Variant
from pcdet_sched.sweep.result import SweepResult
from pcdet_sched.ui.parts.job import Measuring, measuring
from pcdet_sched.ui.parts.style import say_on_next_page
from pcdet_sched.ui.state import tune

if TYPE_CHECKING:
    from pcdet_sched.config import Config
    from pcdet_sched.sweep.result import Trial

OPENED = "sweep-opened"
"""Session key: a row was clicked, and Tune is to be shown; holds what the config could not take over."""


@dataclass(frozen=True)
class Swept:
    """The config that a sweep varies, as it was on Tune: with and without its edits, and the file's name."""

    config: Config
    loaded: Config
    name: str


@dataclass
class Sweep(Measuring):
    """One visitor's sweep: `swept` is what it varies, `opened` are the trials of one that was uploaded."""

    swept: Swept | None = None
    opened: tuple[Trial, ...] = ()

    def result(self) -> SweepResult:
        """What is measured so far, or what was uploaded."""
        running = SweepResult(self.status.progress.trials)
        return SweepResult(self.opened) if self.opened else self.status.result if self.status.ended else running


def sweep() -> Sweep:
    """This visitor's sweep."""
    return measuring(Sweep)


def open_in_tune(variant: Variant, swept: Swept | None) -> None:
    """Make the variant's config the one on Tune: the swept one where it is known, else an edit of what is there."""
    state = tune()
    if swept is not None:
        if state.loaded is not swept.loaded:
            state.open(swept.loaded, swept.name)
        state.config = swept.config
    state.change(edits(variant, state.config.optimization))
    st.session_state[OPENED] = left_out(variant)


def edits(variant: Variant, block: Mapping[str, Any]) -> dict[str, Any]:
    """What must change in a block to make it the variant's. A variant without clipping leaves GRAD_NORM_CLIP alone.

    >>> from pcdet_sched.benchmark.variant import Variant
    >>> edits(Variant(clip=35.0, optimization={"LR": 0.01}), {"LR": 0.01, "GRAD_NORM_CLIP": 10})
    {'GRAD_NORM_CLIP': 35.0}
    """
    changes = variant.changes()
    if not changes["USE_AMP"] and "USE_AMP" not in block:
        del changes["USE_AMP"]
    return {key: value for key, value in changes.items() if key not in block or block[key] != value}


def left_out(variant: Variant) -> tuple[str, ...]:
    """What the variant did that no config of the trainer can ask for.

    >>> from pcdet_sched.benchmark.variant import Variant
    >>> left_out(Variant(clip=None))
    ('no clipping',)
    """
    clipped = () if variant.clip is not None else ("no clipping",)
    half = ("bf16",) if variant.precision == "bf16" else ()
    kept = ("one scaler for all epochs",) if variant.precision == "fp16" and variant.keep_scaler else ()
    interval = variant.precision == "fp16" and variant.growth_interval != Variant.growth_interval
    return (*clipped, *half, *kept, *(("another growth interval",) if interval else ()))


def follow() -> None:
    """Go to Tune where a row was clicked; a callback cannot switch pages."""
    missing = st.session_state.pop(OPENED, None)
    if missing is None:
        return
    if missing:
        say_on_next_page(f"This run had what no config of the trainer can ask for: {', '.join(missing)}.")
    st.switch_page("pages/1_Tune.py")
