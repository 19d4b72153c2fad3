"""TensorBoard's event file: the scalar `meta_data/learning_rate`, which the trainer writes twice per iteration."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from pcdet_sched.language import _
from pcdet_sched.logs.timeline import Log, LogError, Timeline

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
    timeline.drop_leftovers()
    if not timeline:
        words = _(
            "no scalar {tag} was found in this event file; choose the events.out.tfevents file that tools/train.py "
            "wrote under output/, or its train_*.log"
        )
        raise LogError(words.format(tag=TAG))
    return timeline.log("events")


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
