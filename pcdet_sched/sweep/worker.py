"""A worker process on this machine: `python -m pcdet_sched.sweep.worker`.

Standard input, a JSON object per line: an `Order` is a run to do, {} asks to end the one under way. Standard output, a
JSON object per line: {"readings": …} as they come, then {"answer": …}. It ends when its input does, so with the process
that started it, even where that was killed.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import queue
import sys
import threading
from typing import IO, TYPE_CHECKING

from pcdet_sched.benchmark.serialise import CODEC
from pcdet_sched.codec import read
from pcdet_sched.sweep.work import Order, Work, answer

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import Readings


def listen(orders: IO[str], runs: queue.SimpleQueue[object], stop: threading.Event) -> None:
    """Sort what comes in; end this process when nothing more can."""
    for line in orders:
        if order := json.loads(line):
            runs.put(order)
        else:
            stop.set()
    os._exit(1)  # taking the interpreter apart with torch in it takes a second


def work_named(name: str) -> Work:
    """The function of a name such as "pcdet_sched.sweep.work:measure"."""
    module, _, function = name.partition(":")
    work: Work = getattr(importlib.import_module(module), function)
    return work


def main() -> None:
    """Do runs until the end."""
    # What a library prints must not come between the answers.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.nice(5)  # whoever serves pages on the same machine comes first
    runs, stop = queue.SimpleQueue[object](), threading.Event()
    threading.Thread(target=listen, args=(sys.stdin, runs, stop), daemon=True).start()

    def say(**values: object) -> None:
        out.write(json.dumps(values) + "\n")
        out.flush()

    def tell(readings: Readings) -> None:
        say(readings=CODEC.unstructure(readings))

    with contextlib.suppress(BrokenPipeError):
        while True:
            order = read(CODEC, runs.get(), Order)
            say(
                answer=CODEC.unstructure(
                    answer(work_named(order.work), order.description, tell, stop.is_set, order.worker)
                )
            )


if __name__ == "__main__":
    main()
