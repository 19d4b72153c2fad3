"""The file of a sweep: nothing lost, nothing counted twice, nothing of others touched."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pcdet_sched
from pcdet_sched.benchmark.result import BenchmarkRun, Readings, summarise
from pcdet_sched.benchmark.serialise import CODEC
from pcdet_sched.benchmark.variant import BenchmarkError, Description, Spike, Variant
from pcdet_sched.codec import read
from pcdet_sched.sweep.journal import Journal, from_line, read_trials, to_line
from pcdet_sched.sweep.result import Trial, run_id

DESCRIPTIONS = st.builds(
    Description,
    st.builds(
        Variant,
        precision=st.sampled_from(["fp32", "fp16", "bf16"]),
        clip=st.none() | st.floats(1e-6, 1e6),
        seed=st.integers(0, 2**31 - 1),
        spikes=st.lists(st.builds(Spike, st.integers(0, 99), st.just(float("inf")) | st.floats(1, 9)), max_size=2).map(
            tuple
        ),
        optimization=st.dictionaries(st.sampled_from(["LR", "PCT_START"]), st.floats(0, 1)),
    ),
    iterations=st.integers(4, 2000),
    epochs=st.integers(1, 4),
)


def trial_of(description: Description, run: BenchmarkRun | None = None, **values: Any) -> Trial:
    return Trial(run_id(description), description, run, **values)


@pytest.fixture
def trials(seeds, measured) -> list[Trial]:
    """Three measured runs."""
    return [
        trial_of(description, measured(description), worker="w", seconds=1.5, attempts=2) for description in seeds(3)
    ]


@given(description=DESCRIPTIONS, failure=st.text(min_size=1))
def test_a_failure_comes_back_as_it_was_written(description, failure) -> None:
    trial = trial_of(description, failure=failure, attempts=2, seconds=0.25, worker="w0")
    assert from_line(to_line(trial)) == trial


@given(description=DESCRIPTIONS, loss=st.floats(allow_nan=False))
def test_a_run_comes_back_as_it_was_written(description, loss) -> None:
    readings = Readings(*((value,) for value in (0, 1.0, 0.9, loss, 2.0, 1.0, 0.5, 1.0, False, None, 0.1)))
    run = BenchmarkRun(description, "cpu", "2.13.0+cpu", readings, summarise(readings, None, 7))
    trial = trial_of(description, run, seconds=0.25, worker="w0")
    line = to_line(trial)
    assert from_line(line) == trial
    assert line.count("\n") == 1


@given(first=DESCRIPTIONS, second=DESCRIPTIONS)
def test_descriptions_have_the_same_id_exactly_if_they_are_equal(first, second) -> None:
    assert (run_id(first) == run_id(second)) == (first == second)
    assert run_id(first) == run_id(read(CODEC, json.loads(json.dumps(CODEC.unstructure(first))), Description))


def test_the_id_of_a_description_is_the_same_in_every_process() -> None:
    assert run_id(Description(Variant(optimization={"LR": 0.003}))) == "c8cc5ef285554be7"


def test_what_is_appended_is_known_when_the_file_is_opened_again(tmp_path: Path, trials) -> None:
    for trial in trials:
        with closing(Journal(tmp_path / "out.jsonl")) as journal:
            journal.append(trial)
    with closing(Journal(tmp_path / "out.jsonl")) as journal:
        assert journal.known == tuple(trials)


def test_a_file_cut_off_anywhere_keeps_its_whole_lines_and_can_be_appended_to(tmp_path: Path, trials) -> None:
    """As the file is found after a power cut: any number of bytes of it."""
    path = tmp_path / "out.jsonl"
    whole = "".join(map(to_line, trials)).encode()
    ends = [len("".join(map(to_line, trials[:count])).encode()) for count in range(4)]
    cuts = {0, 1, 5, 30, *(end + shift for end in ends for shift in (-2, -1, 0, 1, 40)), 700, 1500}
    for cut in sorted(cut for cut in cuts if 0 <= cut <= len(whole)):
        path.write_bytes(whole[:cut])
        with closing(Journal(path)) as journal:
            kept = sum(end <= cut + 1 for end in ends) - 1  # a line that lacks its end alone is there
            assert journal.known == tuple(trials[:kept]), cut
            journal.append(trials[2])
        assert {trial.id for trial in read_trials(path.read_bytes())} == {
            trial.id for trial in (*trials[:kept], trials[2])
        }


def test_one_description_counts_once(trials) -> None:
    text = "".join(map(to_line, [*trials, *trials])).encode()
    assert read_trials(text) == tuple(trials)


def test_a_run_takes_the_place_of_a_failure_and_never_the_other_way_round(trials) -> None:
    run = trials[0]
    failure = trial_of(run.description, failure="lost")
    for order in ([run, failure], [failure, run], [failure, run, failure]):
        assert read_trials("".join(map(to_line, order)).encode()) == (run,)


def test_the_id_in_a_line_is_not_believed(trials) -> None:
    line = to_line(trials[0]).replace(trials[0].id, "0" * 16)
    assert from_line(line).id == trials[0].id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "this is no result of a sweep"),
        ({"version": 2}, "its version is 2; only 1 is known"),
        ({"pcdet_sched": "0.0.1"}, f"measured by pcdet_sched 0.0.1, and this is {pcdet_sched.__version__}"),
        ({"run": None}, "an object with named fields is needed"),
        ({"run": {}}, "'iterations' is missing"),
        ({"attempts": "two"}, "'two' is not a whole number"),
    ],
)
def test_a_line_with_one_broken_value_is_refused_with_its_number(tmp_path: Path, trials, change, message) -> None:
    broken = json.dumps(json.loads(to_line(trials[1])) | change) + "\n"
    path = tmp_path / "out.jsonl"
    path.write_text(to_line(trials[0]) + broken + to_line(trials[2]))
    before = path.read_bytes()
    with pytest.raises(BenchmarkError, match="left alone: line 2: ") as caught:
        Journal(path)
    assert message in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["OPTIMIZATION:\n  LR: 0.003\n", "a line without an end", "{}\n", "\n", "[1]\n", '"'])
def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path, text) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(BenchmarkError, match="left alone"):
        Journal(path)
    assert path.read_text() == text


def test_two_sweeps_cannot_write_one_file(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "out.jsonl")), pytest.raises(BenchmarkError, match="another sweep is writing"):
        Journal(tmp_path / "out.jsonl")
    Journal(tmp_path / "out.jsonl").close()


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Journal(tmp_path / "none" / "out.jsonl")
