"""Whether there is a curve to work with, said where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcdet_sched.language import _
from pcdet_sched.ui.parts.html import callout

if TYPE_CHECKING:
    from pcdet_sched.simulation import Run


def no_curve(run: Run) -> bool:
    """Say that there is no curve to work with, where there is none."""
    if run.has_curve and run.total_iterations:
        return False
    callout(
        "note", _("There is no curve."),
        _("This needs a block that the trainer, or its author's meaning, makes one of."),
    )  # fmt: skip
    return True
