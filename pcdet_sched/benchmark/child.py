"""The process that a benchmark runs in: `python -m pcdet_sched.benchmark.child`.

Standard input: one line with the order (`Order.to_line`), then a line `beat` now and then, and `stop`. Standard
output: one JSON object per line, told apart by `event`: `ready`; of each run in turn `chunk` after `chunk`,
then `run` or `failed`; at last `end`. It ends by itself when its input is closed, which the death of the process that
started it does too, when no line has come for `SILENCE_SECONDS`, and when its time is up.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from pcdet_sched.benchmark.description import Description
from pcdet_sched.benchmark.variant import BenchmarkError

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import Readings

SILENCE_SECONDS = 8.0
"""A page that has not been heard of for so long is closed."""
THREADS = 1
"""CPU threads of a run. A second saves a tenth of the time on a quiet machine, and on a busy one each waits for the
other and all takes many times as long. With one the sums keep their order too, so the numbers can be had again."""
BEAT, STOP = "beat", "stop"
_NICENESS = 5  # whoever serves pages on the same machine comes first


@dataclass(frozen=True)
class Order:
    """What a worker is to do: these runs one after the other, with so many CPU threads, in so many seconds at most."""

    descriptions: tuple[Description, ...]
    threads: int
    seconds: float
    silence: float = SILENCE_SECONDS

    def to_line(self) -> str:
        """The order as one line of JSON.

        >>> order = Order((), threads=1, seconds=60.0)
        >>> Order.from_line(order.to_line()) == order
        True
        """
        runs = [description.to_dict() for description in self.descriptions]
        return json.dumps({"runs": runs, "threads": self.threads, "seconds": self.seconds, "silence": self.silence})

    @classmethod
    def from_line(cls, line: str) -> Order:
        """The order that `to_line` wrote."""
        values = json.loads(line)
        runs = tuple(map(Description.from_dict, values["runs"]))
        return cls(runs, values["threads"], values["seconds"], values["silence"])


class Lifeline:
    """Why a worker should end: asked to, out of time, or nobody listens any more."""

    def __init__(self, order: Order, source: IO[str]) -> None:
        self._source, self._silence = source, order.silence
        self._deadline = time.monotonic() + order.seconds
        self._heard = time.monotonic()
        self._asked = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._source:
            self._heard = time.monotonic()
            self._asked = self._asked or line.strip() == STOP
        os._exit(1)  # whoever started this is gone: nobody is left to tell anything

    def reason(self) -> str:
        """Empty as long as there is none.

        "stopped": asked to. "time": out of time. "silence": nobody listens.
        """
        now = time.monotonic()
        if self._asked:
            return "stopped"
        if now > self._deadline:
            return "time"
        return "silence" if now - self._heard > self._silence else ""


def work(order: Order, lifeline: Lifeline, out: IO[str]) -> None:
    """Run what is ordered and write the events."""
    import torch

    from pcdet_sched.benchmark.loop import run_variant
    from pcdet_sched.benchmark.serialise import readings_to_dict, run_to_dict

    def tell(event: str, **values: Any) -> None:
        out.write(json.dumps({"event": event, **values}) + "\n")
        out.flush()

    torch.set_num_threads(order.threads)
    tell("ready", torch_version=torch.__version__)
    for number, description in enumerate(order.descriptions):
        if lifeline.reason():
            break

        def chunk(readings: Readings, number: int = number) -> None:
            tell("chunk", run=number, readings=readings_to_dict(readings))

        try:
            run = run_variant(description, chunk, stop=lambda: bool(lifeline.reason()))
        except BenchmarkError as error:
            tell("failed", run=number, reason=str(error))
        else:
            tell("run", run=number, value=run_to_dict(run))
    tell("end", reason=lifeline.reason() or "done")


def main() -> None:
    """Take the order from standard input."""
    # What a library prints must not come between the events.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.nice(_NICENESS)
    order = Order.from_line(sys.stdin.readline())
    with contextlib.suppress(BrokenPipeError):
        work(order, Lifeline(order, sys.stdin), out)
    os._exit(0)  # taking the interpreter apart with torch in it takes a second


if __name__ == "__main__":
    main()
