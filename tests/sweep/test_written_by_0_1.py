"""Files that 0.1.0 wrote still open, and say the same."""

from __future__ import annotations

import json
import math
from contextlib import closing
from pathlib import Path

from pcdet_sched.benchmark.serialise import from_json, to_json
from pcdet_sched.sweep.journal import Journal, read_trials, to_line
from pcdet_sched.sweep.result import run_id

WRITTEN = Path(__file__).resolve().parents[1] / "fixtures" / "v0.1"


def test_a_benchmark_of_0_1_0_opens_and_is_written_the_same() -> None:
    text = (WRITTEN / "benchmark.json").read_text()
    half, spiked = from_json(text).runs
    assert (half.variant.precision, half.variant.clip, half.variant.loss_scale) == ("fp16", None, 2.0**24)
    assert (half.summary.skipped_steps, half.readings.loss_scale[:2]) == (5, (2.0**24, 2.0**23))
    assert spiked.variant.spikes[0].magnitude == math.inf
    assert (spiked.summary.weights_lost, spiked.summary.first_non_finite.place) == (2, "the scene")
    assert json.loads(to_json(from_json(text))) == json.loads(text)


def test_a_sweep_of_0_1_0_opens_goes_on_and_is_written_the_same(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("pcdet_sched.sweep.journal.__version__", "0.1.1")
    text = (WRITTEN / "sweep.jsonl").read_bytes()
    trials = read_trials(text)
    assert [(trial.description.variant.clip, bool(trial.failure)) for trial in trials] == [
        (10.0, False), (None, False), (10.0, True), (None, True),
    ]  # fmt: skip
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["id"] for line in lines] == [run_id(trial.description) for trial in trials]
    now = [json.loads(to_line(trial)) for trial in trials]
    assert [line | {"pcdet_sched": ""} for line in now] == [line | {"pcdet_sched": ""} for line in lines]
    (tmp_path / "sweep.jsonl").write_bytes(text)
    with closing(Journal(tmp_path / "sweep.jsonl")) as journal:
        assert journal.known == trials
