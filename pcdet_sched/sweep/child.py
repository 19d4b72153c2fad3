"""The process that a page's sweep runs in: `python -m pcdet_sched.sweep.child`.

Standard input: one line with the order (`SweepOrder.to_line`), then a line `beat` now and then, and `stop`, as in
`benchmark.child`. Standard output: one JSON object per line, told apart by `event`: `warning`, `look` (where the sweep
stands), `outcome` (a line of the journal's format), at last `end`. It ends by itself as that one does, and its worker
processes end with it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Any

from pcdet_sched.benchmark.child import Lifeline, Order
from pcdet_sched.sweep.errors import SweepError
from pcdet_sched.sweep.journal import to_line
from pcdet_sched.sweep.runner import Progress, run_sweep
from pcdet_sched.sweep.start import open_engine

_NICENESS = 5  # whoever serves pages on the same machine comes first


@dataclass(frozen=True)
class SweepOrder:
    """What to run, and where: on a scheduler's workers, or in so many processes of this machine."""

    order: Order
    device: str
    workers: int
    scheduler: str = ""

    def to_line(self) -> str:
        """The order as one line of JSON.

        >>> order = SweepOrder(Order((), threads=1, seconds=60.0), "cpu", workers=2)
        >>> SweepOrder.from_line(order.to_line()) == order
        True
        """
        own = {"device": self.device, "workers": self.workers, "scheduler": self.scheduler}
        return json.dumps(own | {"order": self.order.to_line()})

    @classmethod
    def from_line(cls, line: str) -> SweepOrder:
        """The order that `to_line` wrote."""
        values = json.loads(line)
        return cls(Order.from_line(values.pop("order")), **values)


class Teller:
    """Writes the events."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._last: dict[str, Any] = {}

    def tell(self, event: str, **values: Any) -> None:
        """Write one."""
        self._out.write(json.dumps({"event": event, **values}) + "\n")
        self._out.flush()

    def look(self, progress: Progress) -> None:
        """Write where a sweep stands, where that has changed."""
        for outcome in progress.latest:
            self.tell("outcome", line=to_line(outcome))
        running = {id_: [run.iterations, run.worker] for id_, run in progress.running.items()}
        now = {"running": running, "workers": progress.workers}
        if now != self._last:
            self._last = now
            self.tell("look", **now)


def work(order: SweepOrder, lifeline: Lifeline, teller: Teller) -> None:
    """Run the sweep that is ordered."""
    descriptions = order.order.descriptions
    try:
        with closing(open_engine(order.scheduler, order.device, order.workers)) as engine:
            for warning in engine.warnings:
                teller.tell("warning", text=warning)
            run_sweep(descriptions, engine, watch=teller.look, stop=lambda: bool(lifeline.reason()))
    except SweepError as error:
        teller.tell("end", reason="error", text=for_visitors(error, order.scheduler))
    else:
        teller.tell("end", reason=lifeline.reason() or "done")


def for_visitors(error: SweepError, scheduler: str) -> str:
    """What went wrong, without the scheduler's address, which is none of a visitor's business.

    >>> for_visitors(SweepError("the scheduler at tcp://a:1 is gone"), "tcp://a:1")
    "the scheduler at this server's address for it is gone"
    """
    return str(error).replace(scheduler, "this server's address for it") if scheduler else str(error)


def main() -> None:
    """Take the order from standard input."""
    # What a library prints must not come between the events.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.nice(_NICENESS)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is told, in a sentence
    order = SweepOrder.from_line(sys.stdin.readline())
    with contextlib.suppress(BrokenPipeError):
        work(order, Lifeline(order.order, sys.stdin), Teller(out))
    os._exit(0)  # nothing is left to take apart


if __name__ == "__main__":
    main()
