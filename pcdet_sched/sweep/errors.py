"""What a sweep cannot do, said to whoever asked for it."""

from __future__ import annotations


class SweepError(ValueError):
    """A grid, a file or a scheduler that cannot be used; the message says what is wrong with it."""


class WorkerLost(RuntimeError):  # noqa: N818 - what happened, as BrokenProcessPool says it
    """The process that ran something has ended without an answer."""
