"""Config, plan and checkout → Report: where the checkout's own code stops, and what it does not read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pcdet_sched.checkout.run import Allowance
from pcdet_sched.checkout.simulate import simulate_checkout
from pcdet_sched.findings.case import Case
from pcdet_sched.findings.check import check, finding_of
from pcdet_sched.findings.report import Finding, Report, in_order
from pcdet_sched.language import _, row

if TYPE_CHECKING:
    from pcdet_sched.checkout.find import Checkout
    from pcdet_sched.checkout.result import Stepped
    from pcdet_sched.config import Config
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.simulation import Run

# What the file itself says, whoever reads it.
_OF_THE_FILE = {"repeated-key", "number-misread", "text-value", "bool-value", "base-config"}
# Read before build_optimizer, or beside the block, so that the child does not see it.
_READ_BEFORE = {"BATCH_SIZE_PER_GPU", "NUM_EPOCHS", "USE_AMP", "HOOK"}


def check_checkout(
    config: Config,
    plan: RunPlan,
    checkout: Checkout | Path | str,
    *,
    limits: Allowance = Allowance(),  # noqa: B008 - frozen
) -> Report:
    """Say where the code of a checkout stops, and what in the block hardly does what was meant.

    Where a known trainer does the same, the findings are that trainer's. Where none does, they are what was seen: the
    stop with its file and line, the keys that were never asked for, and what is odd about the file itself.

    Raises CheckoutError as `simulate_checkout` does; the code is executed.
    """
    return check_stepped(simulate_checkout(config, plan, checkout, limits=limits))


def check_stepped(run: Run) -> Report:
    """What `check_checkout` says, of a run that was made already."""
    stepped, known = run.checkout, check(run.config, replace(run.plan, trainer=run.resolved.name))
    if stepped is None:
        return known
    if stepped.same_as:
        return replace(known, checkout=stepped)
    case = Case(run)
    stops = [_stop(case, stepped)] if stepped.stop else []
    of_the_file = [finding for finding in known.findings if finding.code in _OF_THE_FILE]
    findings = in_order([*stops, *of_the_file, *_unread(case, stepped)])
    return Report(findings, run.crash, known.plan, next(iter(stops), None), run.resolved, stepped)


def _stop(case: Case, stepped: Stepped) -> Finding:
    place = stepped.stop.place if stepped.stop else ""
    where = place or _("the checkout's code")
    message = _("The checkout stops in {where}: {crash}.", where=where, crash=case.run.crash)
    return finding_of(case, "trainer-stops", message)


def _unread(case: Case, stepped: Stepped) -> list[Finding]:
    if stepped.stop is not None:
        return []  # who stops early has not read all
    keys = [key for key in case.block if key not in stepped.facts.keys and key not in _READ_BEFORE]
    if not keys:
        return []
    listed = row(f"`{key}`" for key in keys)
    message = _("The checkout's code never asks for {keys}.", keys=listed)
    return [finding_of(case, "keys-not-read", message, keys[0])]
