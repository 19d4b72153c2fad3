"""Warnings about mixed precision: its switch and its loss scale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pcdet_sched.findings.wording import setting, shown
from pcdet_sched.keys import KEYS

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding


def amp_switch(case: Case) -> Iterator[Finding]:
    """A true value that is no bool: the trainer runs without CUDA, torch refuses it with CUDA."""
    value = case.block.get("USE_AMP", False)
    if isinstance(value, bool) or not value or case.plan.use_amp:
        return
    meant = KEYS["USE_AMP"].as_meant(value)
    message = (
        f"{setting('USE_AMP', value)} is no boolean and counts as true: on a machine with CUDA torch refuses it "
        f"at iteration 0, on one without it the run goes on without mixed precision: write `{meant}`."
    )
    yield case.finding("amp-not-bool", message, "USE_AMP", {"USE_AMP": meant})


def loss_scale(case: Case) -> Iterator[Finding]:
    """A scale that is no number, or one that rounds."""
    if not case.amp or "LOSS_SCALE_FP16" not in case.block:
        return
    value = case.block["LOSS_SCALE_FP16"]
    scale = case.number("LOSS_SCALE_FP16")
    better = _power_of_two(scale)
    if isinstance(value, (int, float)):  # True among them: torch takes it as 1.0
        mantissa = math.frexp(scale)[0] if scale is not None and 0 < scale < math.inf else 0
        if mantissa != 0.5:
            message = f"{case.said('LOSS_SCALE_FP16')} is not a power of two, {_harm(scale)}: write `{shown(better)}`."
            yield case.finding("loss-scale-not-power-of-two", message, "LOSS_SCALE_FP16", {"LOSS_SCALE_FP16": better})
        return
    message = (
        f"{setting('LOSS_SCALE_FP16', value)} is not a number: on a machine with CUDA torch refuses it at "
        f"iteration 0, on one without it is not used: write `{shown(better)}`."
    )
    yield case.finding("loss-scale-not-a-number", message, "LOSS_SCALE_FP16", {"LOSS_SCALE_FP16": better})


def _harm(scale: float | None) -> str:
    return (
        "so scaling rounds every gradient"
        if scale is not None and 0 < scale < math.inf
        else "and gradients become useless"
    )


def _power_of_two(scale: float | None) -> float:
    """The nearest power of two from 1 to torch's default; the default where there is nothing to go by."""
    if scale is None or not 0 < scale < math.inf:
        return 65536.0
    return 2.0 ** min(max(round(math.log2(scale)), 0), 24)


RULES = (amp_switch, loss_scale)
