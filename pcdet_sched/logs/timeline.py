"""What a real run logged: its lr by iteration, from the trainer's text log or from TensorBoard's event file."""

from __future__ import annotations

from array import array
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


SLACK = 1.001
"""A hair more than `allowed`: a value that lies exactly between two printed ones may be rounded either way."""
Row = tuple[int, float, float, int, int]
_COLUMNS = {"iteration": "q", "lr": "d", "allowed": "d", "per_epoch": "q", "epochs": "q"}
"""What a row holds, as the letters of `array`: int64 and float64."""


class Timeline:
    """Rows in the order in which they were written; where the count goes back, a resumed run overwrites the old one.

    The iterations that are kept always rise, so what a resume overwrites lies at the end: every row is added once and
    taken off at most once.
    """

    def __init__(self) -> None:
        self._columns: dict[str, array[float]] = {name: array(code) for name, code in _COLUMNS.items()}
        self._writes = array("q")
        self._legs: list[int] = []
        self._last: int | None = None

    def __len__(self) -> int:
        return len(self._writes)

    def add(self, row: Row) -> None:
        """Take a row; of several for one iteration the last counts."""
        iteration, kept = row[0], self._columns["iteration"]
        if self._last is None or iteration < self._last:
            while kept and kept[-1] >= iteration:
                self._pop()
            while self._legs and self._legs[-1] >= iteration:
                self._legs.pop()
            self._legs.append(iteration)
        writes = self._pop() if iteration == self._last and kept else 0
        self._last = iteration
        for column, value in zip(self._columns.values(), row, strict=True):
            column.append(value)
        self._writes.append(writes + 1)

    def _pop(self) -> int:
        for column in self._columns.values():
            column.pop()
        return self._writes.pop()

    def drop_leftovers(self) -> None:
        """Drop iterations that were written once, where most were written twice: only the first of a leg may be."""
        legs = set(self._legs)
        once = [w == 1 and k not in legs for k, w in zip(self._columns["iteration"], self._writes, strict=True)]
        if 2 * sum(once) >= len(self) > 2:
            return
        for name, column in self._columns.items():
            self._columns[name] = array(column.typecode, (v for v, drop in zip(column, once, strict=True) if not drop))
        self._writes = array("q", (v for v, drop in zip(self._writes, once, strict=True) if not drop))

    def log(self, kind: str) -> Log:
        """All rows as a Log; there must be one."""
        import pandas as pd

        return Log(kind, pd.DataFrame(self._columns), tuple(self._legs))
