"""A file that a real run logged, read: the trainer's text log or TensorBoard's event file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pcdet_sched.logs.events import is_event_file, read_events
from pcdet_sched.logs.text import read_text

if TYPE_CHECKING:
    from pcdet_sched.logs.timeline import Log


def read_log(data: bytes, progress: Callable[[int], None] | None = None) -> Log:
    """Read a log file: TensorBoard's if it begins as one does, else the trainer's text.

    `progress` is called with the number of events read, now and then. Raises LogError, with the reason, for a file
    that holds no lr of a run, or an event file where TensorBoard is not installed.

    >>> line = b"Train:    1/80 (  1%) [   9/464 (  2%)]  Loss: 2.3 (2.5)  LR: 3.001e-04  Acc_iter 10  Data time: 0.1"
    >>> read_log(line).points.to_dict("records")
    [{'iteration': 9, 'lr': 0.0003001, 'allowed': 5e-08, 'per_epoch': 464, 'epochs': 80}]
    """
    return read_events(data, progress) if is_event_file(data) else read_text(data)
