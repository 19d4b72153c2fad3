"""What a real run logged: its lr by iteration, from the trainer's text log or from TensorBoard's event file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class LogError(ValueError):
    """A file is no log of the trainer, or holds no lr."""


@dataclass(frozen=True, eq=False)
class Log:
    """The lr of a real run.

    `points` has the columns iteration (int64, over the whole run from 0), lr (float64), allowed (float64: how far the
    value may be from the true one for the digits that were written), per_epoch and epochs (int64: iterations per epoch
    and number of epochs as the log itself states them, 0 where it does not), in rising order of iteration. `legs` are
    the iterations at which the training was started or resumed, as far as the log shows it. `kind` is "text" or
    "events".
    """

    kind: str
    points: pd.DataFrame
    legs: tuple[int, ...]


Row = tuple[int, float, float, int, int]


class Timeline:
    """Rows in the order in which they were written; where the count goes back, a resumed run overwrites the old one."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.writes: dict[int, int] = {}
        self.legs: list[int] = []
        self._last: int | None = None

    def add(self, row: Row) -> None:
        """Take a row; of several for one iteration the last counts."""
        iteration = row[0]
        if self._last is None or iteration < self._last:
            self.rows = {k: kept for k, kept in self.rows.items() if k < iteration}
            self.writes = {k: self.writes[k] for k in self.rows}
            self.legs = [leg for leg in self.legs if leg < iteration]
            self.legs.append(iteration)
        self._last = iteration
        self.rows[iteration] = row
        self.writes[iteration] = self.writes.get(iteration, 0) + 1

    def log(self, kind: str) -> Log:
        """All rows as a Log. Raises LogError where there are none."""
        import pandas as pd

        if not self.rows:
            raise LogError("no lr was found in this file")
        names = ["iteration", "lr", "allowed", "per_epoch", "epochs"]
        kinds = {name: "float64" if name in ("lr", "allowed") else "int64" for name in names}
        rows = [self.rows[k] for k in sorted(self.rows)]
        return Log(kind, pd.DataFrame(rows, columns=names).astype(kinds), tuple(self.legs))


def read_log(data: bytes, progress: Callable[[int], None] | None = None) -> Log:
    """Read a log file: TensorBoard's if it begins as one does, else the trainer's text.

    `progress` is called with the number of events read, now and then. Raises LogError, with the reason, for a file
    that holds no lr of a run, or an event file where TensorBoard is not installed.

    >>> line = b"Train:    1/80 (  1%) [   9/464 (  2%)]  Loss: 2.3 (2.5)  LR: 3.001e-04  Acc_iter 10  Data time: 0.1"
    >>> read_log(line).points.to_dict("records")
    [{'iteration': 9, 'lr': 0.0003001, 'allowed': 5e-08, 'per_epoch': 464, 'epochs': 80}]
    """
    from pcdet_sched.logs.events import is_event_file, read_events
    from pcdet_sched.logs.text import read_text

    return read_events(data, progress) if is_event_file(data) else read_text(data)
