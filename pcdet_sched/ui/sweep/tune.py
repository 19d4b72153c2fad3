"""From a run of a sweep to the config that it ran, on Tune."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.variant import Variant
from pcdet_sched.language import _
from pcdet_sched.share.link import LONGEST_NAME, LinkError, Pin, Shared, encode
from pcdet_sched.sweep.result import SweepResult
from pcdet_sched.ui.compare.address import PARAMETER
from pcdet_sched.ui.parts.measuring import Measuring, measuring
from pcdet_sched.ui.state import tune

if TYPE_CHECKING:
    from pcdet_sched.config import Config


@dataclass(frozen=True)
class Swept:
    """The config that a sweep varies, as it was on Tune, and the file's name."""

    config: Config
    name: str


@dataclass
class Sweep(Measuring[SweepResult]):
    """One visitor's sweep; `swept` is what it varies."""

    swept: Swept | None = None

    def result(self) -> SweepResult:
        """What is measured so far, or what was uploaded."""
        running = SweepResult(self.status.progress.trials)
        return self.opened or (self.status.result if self.status.ended else running)


def sweep() -> Sweep:
    """This visitor's sweep."""
    return measuring(Sweep)


def link(variant: Variant, state: Sweep) -> str:
    """An address that opens Tune with the variant's config: the swept one where it is known, else the one on Tune.

    Empty where it would be too long.
    """
    here = state.swept or tune()
    changes = {**here.config.edits, **edits(variant, here.config.optimization)}
    pin = Pin(here.name[:LONGEST_NAME], here.config.original, tune().plan, changes)
    try:
        return f"./?{PARAMETER}={encode(Shared(pin, tune().dataset))}"
    except LinkError:
        return ""


def edits(variant: Variant, block: Mapping[str, object]) -> dict[str, object]:
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
    scaled = variant.precision == "fp16"
    found = {
        _("no clipping"): variant.clip is None,
        "bf16": variant.precision == "bf16",
        _("one scaler for all epochs"): scaled and variant.keep_scaler,
        _("another growth interval"): scaled and variant.growth_interval != Variant.growth_interval,
    }
    return tuple(words for words, there in found.items() if there)
