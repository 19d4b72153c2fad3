"""What runs a sweep's work: worker processes here, or a cluster. The runner knows no more of it than this."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pcdet_sched.benchmark.description import Description
    from pcdet_sched.sweep.work import Answer, Work


@dataclass(frozen=True)
class Running:
    """A run under way: how many of its iterations are done, and where."""

    iterations: int
    worker: str


class Engine(Protocol):
    """Runs work and says how far it is.

    `submit` gives a standard future. It holds an Answer, or an exception where the worker was lost. A future that is
    cancelled though nobody asked for that says that the engine itself is gone.
    """

    name: str
    """Who or where it is, for a message."""
    warnings: tuple[str, ...]
    """What differs between its machines, a sentence each."""

    def submit(self, key: str, work: Work, description: Description) -> Future[Answer]:
        """Queue a run under a key of its own."""

    def workers(self) -> int:
        """How many runs it can have under way now."""

    def running(self) -> Mapping[str, Running]:
        """The runs under way by key. A key may stay a while after its run has ended."""

    def stop(self) -> None:
        """Ask every run under way to end after the iteration that it is in."""

    def kill(self) -> None:
        """End what did not end when asked to."""

    def close(self) -> None:
        """Give back everything; ends what still runs."""
