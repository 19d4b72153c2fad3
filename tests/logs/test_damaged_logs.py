"""Whatever a log's bytes say, it costs little and ends in a Log or in a LogError that says what to do."""

from __future__ import annotations

import struct
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcdet_sched.logs.log import LogError, read_log
from tests.support.serving import Server, settle

MB = 1_000_000
TAG = "meta_data/learning_rate"


def record(data: bytes) -> bytes:
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c as checksum

    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", checksum(head)) + data + struct.pack("<I", checksum(data))


def event_file(*summaries: Any) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event

    events = [Event(file_version="brain.Event:2"), *(Event(step=k, summary=s) for k, s in enumerate(summaries))]
    return b"".join(record(event.SerializeToString()) for event in events)


def scalar(value: float) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary(value=[Summary.Value(tag=TAG, simple_value=value)])


def tensor(dtype: int, shape: tuple[int, ...], **values: Any) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

    dims = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in shape])
    return Summary(value=[Summary.Value(tag=TAG, tensor=TensorProto(dtype=dtype, tensor_shape=dims, **values))])


def outcome(data: bytes) -> str:
    """What comes of a file: "log", or the sentence. Any other exception is the test's failure."""
    try:
        log = read_log(data)
    except LogError as error:
        return str(error)
    assert len(log.points)
    assert log.points["iteration"].is_monotonic_increasing
    return "log"


def says_what_to_do(sentence: str) -> bool:
    return "choose the" in sentence and "tools/train.py" in sentence


@pytest.mark.parametrize("shape", [(10**9,), (10**4, 10**5), (2**62, 4), (-1,), (0,), (2,)])
def test_a_tensor_that_claims_a_size_is_not_made(shape: tuple[int, ...]) -> None:
    data = event_file(tensor(1, shape, float_val=[0.003]))
    tracemalloc.start()
    begun = time.perf_counter()
    try:
        sentence = outcome(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert says_what_to_do(sentence)
    assert peak < 10 * len(data) + 50 * MB
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize("dtype", [0, 3, 7, 14, 23, 99, 2**31 - 1])
def test_a_tensor_of_another_dtype_is_no_lr(dtype: int) -> None:
    assert says_what_to_do(outcome(event_file(tensor(dtype, (1,), float_val=[0.003], tensor_content=b"1234"))))


@pytest.mark.parametrize(
    "values",
    [
        {"dtype": 1, "shape": (), "float_val": [0.5]},
        {"dtype": 1, "shape": (1, 1), "tensor_content": struct.pack("<f", 0.5)},
        {"dtype": 2, "shape": (), "double_val": [0.5]},
        {"dtype": 2, "shape": (1,), "tensor_content": struct.pack("<d", 0.5)},
    ],
)
def test_a_scalar_is_read_however_it_was_written(values: dict) -> None:
    assert read_log(event_file(tensor(**values))).points["lr"].tolist() == [0.5]


def test_a_record_that_claims_more_bytes_than_the_file_has_ends_it() -> None:
    for length in (2**40, 2**63, 2**64 - 1):
        head = struct.pack("<Q", length)
        assert says_what_to_do(outcome(event_file() + head + b"\0" * 4 + b"x" * 40))
        assert outcome(event_file(scalar(0.5)) + head + b"\0" * 40) == "log"


def test_a_large_record_is_passed_over_and_costs_nothing() -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    crowd = Event(summary=Summary(value=[Summary.Value()] * 400_000)).SerializeToString()
    data = event_file() + record(crowd) + event_file(scalar(0.5))
    tracemalloc.start()
    try:
        assert outcome(data) == "log"
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * len(data) + 50 * MB


def test_a_text_log_whose_count_goes_back_and_forth_is_read_in_linear_time() -> None:
    high = "\n".join(f"LR: 1e-3 Acc_iter {k}" for k in range(1, 20_000))
    saw = "\n".join(f"LR: 1e-3 Acc_iter {k + (20_000 if k % 2 else 20_010)}" for k in range(16_000))
    data = f"{high}\n{saw}".encode()
    begun = time.perf_counter()
    log = read_log(data)
    assert len(data) > 0.8 * MB
    assert time.perf_counter() - begun < 2
    assert log.points["iteration"].iloc[-1] == 35_998


def test_a_text_log_costs_at_most_ten_times_its_size() -> None:
    data = b"\n".join(b"lr=1 acc_iter=%d" % k for k in range(1, 15_000))
    read_log(data)  # imports are not what is measured
    tracemalloc.start()
    try:
        read_log(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * len(data)


def test_while_a_log_is_read_other_threads_go_on() -> None:
    """The server's loop, and with it its health page, runs beside the thread that reads."""
    data = b"\n".join(b"LR: 1e-3 Acc_iter %d" % (k + (9 if k % 2 else 0)) for k in range(1, 40_000))
    with ThreadPoolExecutor() as pool:
        for hostile in (data, event_file(tensor(1, (10**9,), float_val=[0.5])), event_file() * 10_000):
            reading, last, longest = pool.submit(outcome, hostile), time.perf_counter(), 0.0
            while not reading.done():
                time.sleep(0.005)
                now = time.perf_counter()
                last, longest = now, max(longest, now - last)
            assert longest < 0.5


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("kind", ["a tensor of a billion", "a count that goes back and forth"])
def test_a_server_answers_its_health_check_while_it_reads_a_hostile_log(
    server: Server, browser: Any, kind: str
) -> None:
    hostile = {
        "a tensor of a billion": event_file(tensor(1, (10**9,), float_val=[0.5])),
        "a count that goes back and forth": b"\n".join(
            b"LR: 1e-3 Acc_iter %d" % (k + (20_000 if k % 2 else 20_010)) for k in range(36_000)
        ),
    }
    page = browser.new_page()
    try:
        page.goto(server.url)
        settle(page)
        page.get_by_role("radio", name="What if").or_(page.get_by_role("button", name="What if")).click()
        page.get_by_text("Does my real run follow it?", exact=True).click()
        field = page.get_by_test_id("stFileUploader").filter(has_text="Text log of OpenPCDet").locator("input")
        before, waits, most = server.megabytes(), [0.0], 0.0
        field.set_input_files({"name": "train.log", "mimeType": "text/plain", "buffer": hostile[kind]})
        said = page.get_by_text("This is no log that can be read.").or_(page.get_by_text("The log parts from the plan"))
        begun = time.monotonic()
        while not said.count():
            asked = time.monotonic()
            assert server.alive
            waits.append(time.monotonic() - asked)
            most = max(most, server.megabytes())
            assert time.monotonic() - begun < 60
        assert len(waits) > 1
        assert max(waits) < 2
        assert most < before + 300  # the parser of event files is loaded at the first log
    finally:
        page.close()


def text_log() -> bytes:
    line = "Train:    1/80 (  1%) [{0:>4}/464 (  2%)]  Loss: 2.3 (2.5)  LR: 3.{0:03}e-04  Acc_iter {0}  Data time: 0.1"
    return "\n".join(line.format(k) for k in range(1, 12)).encode()


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """The bytes of a file after a few cuts, swaps, repeats and changed bytes."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        a, b = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        match draw(st.sampled_from(["cut", "swap", "repeat", "change"])):
            case "cut":
                del data[a:b]
            case "swap":
                data = data[b:] + data[a:b] + data[:a]
            case "repeat":
                data[b:b] = data[a:b] * draw(st.integers(1, 3))
            case "change":
                data[a : a + 1] = bytes([draw(st.integers(0, 255))])
    return bytes(data)


EVENTS = event_file(scalar(3e-4), tensor(1, (), float_val=[3.1e-4]), scalar(3.2e-4), scalar(3.3e-4))


@given(damaged(EVENTS))
def test_a_damaged_event_file_is_a_log_or_says_what_to_do(data: bytes) -> None:
    sentence = outcome(data)
    assert sentence == "log" or says_what_to_do(sentence)


@given(st.integers(30, len(EVENTS) - 1), st.integers(0, 255))
def test_an_event_file_with_sound_checksums_over_damaged_bytes_never_crashes(place: int, byte: int) -> None:
    from tensorboard.compat.proto.event_pb2 import Event

    body = bytearray(Event(step=1, summary=tensor(1, (1,), float_val=[0.5])).SerializeToString())
    body[place % len(body)] = byte
    sentence = outcome(event_file() + record(bytes(body)))
    assert sentence == "log" or says_what_to_do(sentence)


@given(damaged(text_log()))
def test_a_damaged_text_log_is_a_log_or_says_what_to_do(data: bytes) -> None:
    sentence = outcome(data)
    assert sentence == "log" or says_what_to_do(sentence)


@pytest.mark.parametrize("name", ["events", "text"])
def test_a_hostile_log_is_said_on_the_command_line(name: str, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from pcdet_sched.cli import main
    from tests.samples import POINTPILLAR

    (tmp_path / "a.yaml").write_text(POINTPILLAR)
    log = tmp_path / "log"
    log.write_bytes(event_file(tensor(99, (10**9,), float_val=[1.0])) if name == "events" else b"LR: 1")
    result = CliRunner().invoke(main, ["logs", str(tmp_path / "a.yaml"), str(log), "--samples", "3712"])
    assert result.exit_code == 2
    assert says_what_to_do(" ".join(result.output.split()))
