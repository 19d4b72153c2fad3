"""TensorBoard's event file: the scalar `meta_data/learning_rate`, which the trainer writes twice per iteration."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from pcdet_sched.logs.log import Log, LogError, Timeline

TAG = "meta_data/learning_rate"
_MARK = b"brain.Event:"
_FLOAT32 = 2.0**-23
"""TensorBoard keeps single precision: half a unit of its last bit, and one more for the way through it."""
_EVERY = 5_000


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
    _drop_leftovers(timeline)
    if not timeline.rows:
        raise LogError(f"no scalar {TAG} was found in this event file")
    return timeline.log("events")


def _drop_leftovers(timeline: Timeline) -> None:
    """Drop steps that were written once, where most were written twice: only the first of a leg may be."""
    once = [step for step in timeline.rows if timeline.writes[step] == 1 and step not in timeline.legs]
    if 2 * len(once) >= len(timeline.rows) > 2:
        return
    for step in once:
        del timeline.rows[step]


def _scalars(data: bytes, progress: Callable[[int], None] | None) -> Iterator[tuple[int, float]]:
    try:
        loaders = import_module("tensorboard.backend.event_processing.event_file_loader")
        tensors = import_module("tensorboard.util.tensor_util")
    except ImportError:
        raise LogError("event files need TensorBoard's own parser: pip install tensorboard") from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.out.tfevents"
        path.write_bytes(data)
        loader = loaders.EventFileLoader(str(path))
        for count, event in enumerate(_until_damaged(loader.Load())):
            if progress and count % _EVERY == 0:
                progress(count)
            for value in event.summary.value:
                if value.tag == TAG and value.HasField("tensor"):
                    array = tensors.make_ndarray(value.tensor)
                    if array.size == 1:
                        yield event.step, float(array.reshape(-1)[0])


def _until_damaged(events: Iterator[Any]) -> Iterator[Any]:
    """The events up to the first that cannot be read: a run that is still going leaves its last one unfinished."""
    broken = import_module("google.protobuf.message").DecodeError
    while True:
        try:
            yield next(events)
        except (StopIteration, broken, ValueError):
            return
