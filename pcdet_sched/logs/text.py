"""The trainer's text log: lines with `LR:` and `Acc_iter` (master), or `lr=` and `acc_iter=` (late classic)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from pcdet_sched.language import _
from pcdet_sched.logs.timeline import Log, LogError, Row, Timeline

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
