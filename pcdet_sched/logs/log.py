"""What a real run logged, its lr by iteration: from the trainer's text log or from TensorBoard's event file."""

from __future__ import annotations

import math
import re
import struct
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from pcdet_sched.language import _

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


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
    """Rows in the order in which they were written; where the count goes back, a resumed run overwrites the old one."""

    def __init__(self) -> None:
        self._columns: dict[str, array[float]] = {name: array(code) for name, code in _COLUMNS.items()}

    def __len__(self) -> int:
        return len(self._columns["iteration"])

    def add(self, row: Row) -> None:
        """Take a row."""
        for column, value in zip(self._columns.values(), row, strict=True):
            column.append(value)

    def log(self, kind: str, twice: bool = False) -> Log:
        """All rows that stay, as a Log; there must be one. Of several for one iteration the last counts.

        `twice`: each iteration is written twice. Where most are, one that was written once is a leftover and goes,
        unless a leg begins with it.
        """
        import pandas as pd

        k = np.array(self._columns["iteration"])
        starts = k[np.append(True, k[1:] < k[:-1])]
        legs = starts[_lasting(starts)]
        ends = np.flatnonzero(np.append(k[1:] != k[:-1], True))  # the last row of each iteration that is written
        stay = ends[_lasting(k[ends])]
        if twice:
            writes = np.diff(ends, prepend=-1)[_lasting(k[ends])]
            left = (writes == 1) & ~np.isin(k[stay], legs)
            stay = stay if 2 * left.sum() >= len(stay) > 2 else stay[~left]
        points = pd.DataFrame(self._columns).iloc[stay].reset_index(drop=True)
        return Log(kind, points, tuple(legs.tolist()))


def _lasting(iterations: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of them are below all that follow: what comes later at or before an iteration overwrites it.

    >>> _lasting(np.array([0, 5, 9, 4, 8])).tolist()
    [True, False, False, True, True]
    """
    least = np.minimum.accumulate(iterations[::-1])[::-1]
    return np.append(iterations[:-1] < least[1:], True)


# The trainer's text log: lines with `LR:` and `Acc_iter` (master), or `lr=` and `acc_iter=` (late classic).
_NUMBER = r"([0-9][0-9.]{0,40}(?:[eE][+-]?[0-9]{1,3})?)"
_COUNT = r"([0-9]{1,15})"
_LR = re.compile(rf"\b(?:LR:\s{{0,8}}|lr=){_NUMBER}")
_ITERATION = re.compile(rf"\b(?:Acc_iter\s{{1,8}}|acc_iter=){_COUNT}\b")
_EPOCHS = re.compile(rf"\b(?:Train|epoch):\s{{1,8}}[0-9]{{1,15}}/{_COUNT}\b")
_PER_EPOCH = re.compile(rf"(?:\[\s{{0,8}}|\bcur_iter=)[0-9]{{1,15}}/{_COUNT}\b")
_LINE = re.compile(rb"[^\r\n]+")
# Longer lines hold no lr of this trainer.
_LONGEST_LINE = 4_000
_MOST = 10**15
# A double that was printed in full and read back: nothing is lost, but the last bits of the formula may differ.
_ROUNDING = 1e-12


def read_text(data: bytes) -> Log:
    """The lr of each line that has one. The count that is printed is that of finished iterations, so it is k + 1.

    Raises LogError for a file without such a line.
    """
    timeline = Timeline()
    for line in _LINE.finditer(data):
        if line.end() - line.start() <= _LONGEST_LINE and (row := _row(line[0].decode("utf-8", "replace"))):
            timeline.add(row)
    if not timeline:
        raise LogError(
            _(
                "no line with `LR: 1.234e-03` and `Acc_iter N` was found; choose the train_*.log that tools/train.py "
                "wrote under output/, or the events.out.tfevents file beside it"
            )
        )
    return timeline.log("text")


def allowed(text: str) -> float:
    """Half a unit of the last digit that is printed.

    >>> allowed("1.234e-03"), allowed("0.00034591578674610145") < 1e-15
    (5e-07, True)
    """
    exponent = Decimal(text).as_tuple().exponent
    half = 0.5 * 10.0 ** int(exponent)
    return max(half, _ROUNDING * float(text))


def _row(line: str) -> Row | None:
    lr, iteration = _LR.search(line), _ITERATION.search(line)
    if not lr or not iteration or not 0 < int(iteration[1]) < _MOST:
        return None
    try:
        value, slack = float(lr[1]), allowed(lr[1])
    except (ValueError, InvalidOperation, OverflowError):
        return None
    epochs, per_epoch = _EPOCHS.search(line), _PER_EPOCH.search(line)
    return int(iteration[1]) - 1, value, slack, int(per_epoch[1]) if per_epoch else 0, int(epochs[1]) if epochs else 0


# TensorBoard's event file, which holds the scalar twice per iteration.
TAG = "meta_data/learning_rate"
_MARK = b"brain.Event:"
_FLOAT32 = 2.0**-23
"""TensorBoard keeps single precision: half a unit of its last bit, and one more for the way through it."""
_EVERY = 5_000
_LONGEST = 65_536
"""Bytes of a record that is looked at: a scalar takes about 60, what is longer is a picture or a graph."""
_HEAD = struct.Struct("<QI")
_KINDS = {1: ("float_val", "<f"), 2: ("double_val", "<d")}
"""TensorBoard's number of a dtype → the field of a tensor proto that holds such values, and their layout as bytes."""


def is_event_file(data: bytes) -> bool:
    """Whether the first record is the one that every event file begins with."""
    return _MARK in data[:256]


def read_events(data: bytes, progress: Callable[[int], None] | None = None) -> Log:
    """The lr of each step. Of the two values of a step the later one is right; the run's last step is a leftover.

    The first of the two is the iteration before, written once more. A file that holds each step once is taken as it
    is. Raises LogError where TensorBoard is not installed, or the file holds no such scalar.
    """
    timeline = Timeline()
    for step, value in _scalars(data, progress):
        if step >= 0 and math.isfinite(value):
            timeline.add((step, value, abs(value) * _FLOAT32, 0, 0))
    if not timeline:
        words = _(
            "no scalar {tag} was found in this event file; choose the events.out.tfevents file that tools/train.py "
            "wrote under output/, or its train_*.log"
        )
        raise LogError(words.format(tag=TAG))
    return timeline.log("events", twice=True)


def _scalars(data: bytes, progress: Callable[[int], None] | None) -> Iterator[tuple[int, float]]:
    try:
        event = import_module("tensorboard.compat.proto.event_pb2").Event
        broken = import_module("google.protobuf.message").DecodeError
    except ImportError:
        raise LogError(_("event files need TensorBoard's own parser: pip install tensorboard")) from None
    for count, record in enumerate(_records(data)):
        if progress and count % _EVERY == 0:
            progress(count)
        try:
            read = event.FromString(record)
        except broken:
            return
        for value in read.summary.value:
            lr = _lr(value) if value.tag == TAG else None
            if lr is not None:
                yield read.step, lr


def _records(data: bytes) -> Iterator[bytes]:
    """The records up to the first that is damaged: a run that is still going leaves its last one unfinished.

    A record is its length (uint64), that one's checksum (uint32), its bytes and their checksum, as in TFRecord.
    """
    checksum = import_module("tensorboard.compat.tensorflow_stub.pywrap_tensorflow").masked_crc32c
    start = 0
    while start + _HEAD.size <= len(data):
        length, _checksum = _HEAD.unpack_from(data, start)
        first, start = start + _HEAD.size, start + _HEAD.size + length + 4
        if start > len(data):
            return
        if length <= _LONGEST:
            record = data[first : first + length]
            if checksum(record) != int.from_bytes(data[start - 4 : start], "little"):
                return
            yield record


def _lr(value: Any) -> float | None:
    """The one number of a value: a tensor's shape, dtype and size are looked at first, nothing is made from them."""
    if value.WhichOneof("value") == "simple_value":
        return float(value.simple_value)
    tensor = value.tensor
    if tensor.dtype not in _KINDS or any(dim.size != 1 for dim in tensor.tensor_shape.dim):
        return None
    field, layout = _KINDS[tensor.dtype]
    if len(tensor.tensor_content) == struct.calcsize(layout):
        return float(struct.unpack(layout, tensor.tensor_content)[0])
    numbers = getattr(tensor, field)
    return float(numbers[0]) if len(numbers) == 1 else None


def read_log(data: bytes, progress: Callable[[int], None] | None = None) -> Log:
    """Read a log file: TensorBoard's if it begins as one does, else the trainer's text.

    `progress` is called with the number of events read, now and then. Raises LogError, with the reason, for a file
    that holds no lr of a run, or an event file where TensorBoard is not installed.

    >>> line = b"Train:    1/80 (  1%) [   9/464 (  2%)]  Loss: 2.3 (2.5)  LR: 3.001e-04  Acc_iter 10  Data time: 0.1"
    >>> read_log(line).points.to_dict("records")
    [{'iteration': 9, 'lr': 0.0003001, 'allowed': 5e-08, 'per_epoch': 464, 'epochs': 80}]
    """
    return read_events(data, progress) if is_event_file(data) else read_text(data)
