"""The registry of what a check can find: each kind is entered where its rule is written, by a decorator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True)
class Code:
    """A kind of finding. `title` says it in a few words, `explanation` what the trainer does and what helps.

    Both are English, marked for the catalogue: whoever shows one translates it.
    """

    name: str
    severity: Severity
    title: str
    explanation: str


CODES: dict[str, Code] = {}
"""Every code by its name; full as soon as `pcdet_sched.findings` is imported."""


def enter(name: str, severity: Severity, title: str, explanation: str) -> Code:
    """Put a kind of finding into the registry. Raises ValueError for a name that another one has."""
    code = Code(name, severity, title, explanation)
    if CODES.setdefault(name, code) != code:  # the same one again: a module that was imported twice
        raise ValueError(f"there are two findings of the code {name}")
    return code
