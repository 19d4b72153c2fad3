"""Whose block this is: keys and values that only forks know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding


def by_sign(case: Case) -> Iterator[Finding]:
    """The trainer that the block's signs fit, or that none is certain; and what a trainer chosen by hand ignores."""
    resolved = case.resolved
    if not resolved.signs or not resolved.sentence:
        return
    code = "trainer-by-sign" if resolved.trainer else "trainer-unknown"
    yield case.finding(code, resolved.sentence, next(iter(resolved.signs)))


RULES = (by_sign,)
