"""Logs as the trainer writes them, made from simulated runs, and what is read back from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.logs.fact import Fact, against
from pcdet_sched.logs.log import LogError, allowed, read_log

if TYPE_CHECKING:
    import pandas as pd

BLOCK = {
    "BATCH_SIZE_PER_GPU": 4, "NUM_EPOCHS": 80, "OPTIMIZER": "adam_onecycle", "LR": 0.003, "WEIGHT_DECAY": 0.01,
    "MOMENTUM": 0.9, "MOMS": [0.95, 0.85], "PCT_START": 0.4, "DIV_FACTOR": 10, "DECAY_STEP_LIST": [20, 40],
    "LR_DECAY": 0.1, "LR_CLIP": 1e-07, "LR_WARMUP": False, "WARMUP_EPOCH": 1, "WARMUP_ITER": 300, "GRAD_NORM_CLIP": 10,
}  # fmt: skip
CONFIG = ps.load(json.dumps({"OPTIMIZATION": BLOCK}))
PLAN = ps.RunPlan(samples=3712, gpus=4)  # 232 iterations per epoch


def run_of(plan: ps.RunPlan = PLAN, every: int = 50, end: int | None = None, **changes: object) -> ps.Run:
    config = CONFIG.edit(changes)
    whole = ps.simulate(config, plan, iterations=[])
    last = whole.first_iteration + whole.total_iterations
    points = range(whole.first_iteration, min(last, end or last), every)
    return ps.simulate(config, plan, iterations=list(points))


def master_log(run: ps.Run, facts: bool = True) -> str:
    n, epochs = run.iterations_per_epoch, run.epochs
    lines = []
    for k, e, lr in run.curve[["iteration", "epoch", "lr"]].itertuples(index=False):
        head = (
            f"Train: {e + 1:>4d}/{epochs} ({100 * (e + 1) / epochs:>3.0f}%) [{k % n:>4d}/{n} (  0%)]  " if facts else ""
        )
        lines.append(
            f"2024-05-01 10:00:00,123   INFO  {head}Loss: 1.234 (1.23)  LR: {lr:.3e}  Acc_iter {k + 1:<10d}  Data"
        )
    return "\n".join(["2024-05-01   INFO  cfg.OPTIMIZATION.LR: 0.003", *lines, "**** End training ****", ""])


def classic_log(run: ps.Run) -> str:
    n, epochs = run.iterations_per_epoch, run.epochs
    return "\n".join(
        f"INFO  epoch: {e}/{epochs}, acc_iter={k + 1}, cur_iter={k % n}/{n}, batch_size=4, loss=1.5, lr={lr!r}"
        for k, e, lr in run.curve[["iteration", "epoch", "lr"]].itertuples(index=False)
    )


def planned(**changes: object) -> ps.Run:
    return ps.simulate(CONFIG.edit(changes), PLAN)


def fact(text: str, run: ps.Run | None = None) -> Fact:
    return against(read_log(text.encode()), run or planned())


def test_acc_iter_counts_finished_iterations_so_it_is_one_more_than_the_schedules_k() -> None:
    points = read_log(master_log(run_of()).encode()).points
    assert points["iteration"].tolist() == run_of().curve["iteration"].tolist()
    assert set(points["per_epoch"]) == {232}
    assert set(points["epochs"]) == {80}


@pytest.mark.parametrize("write", [master_log, classic_log])
@pytest.mark.parametrize("optimizer", ["adam_onecycle", "adam_cosineanneal", "adam", "sgd"])
def test_a_log_of_the_planned_run_agrees_at_every_line(write: Callable[[ps.Run], str], optimizer: str) -> None:
    found = fact(write(run_of(OPTIMIZER=optimizer)), planned(OPTIMIZER=optimizer))
    assert (found.first, found.agreeing, found.causes) == (None, 1.0, ())


def test_counting_a_line_one_iteration_off_would_not_agree() -> None:
    run = run_of(every=7)
    shifted = classic_log(run).replace("acc_iter=", "acc_iter=1")  # 1 becomes 11, 8 becomes 18
    assert fact(shifted).first is not None


@given(st.floats(1e-9, 1.0), st.integers(0, 8))
def test_the_printed_value_is_within_what_its_digits_allow(value: float, digits: int) -> None:
    text = f"{value:.{digits}e}"
    assert abs(float(text) - value) <= allowed(text) * 1.001
    assert allowed(text) <= 0.5 * 10 ** (-digits) * float(text) * 1.001 + 1e-300


def test_the_first_iteration_that_parts_is_the_first_beyond_the_printed_digits() -> None:
    real = run_of(NUM_EPOCHS=120)
    found = fact(master_log(real))
    ours = ps.simulate(CONFIG, PLAN, iterations="all").curve["lr"].to_numpy()
    expected = next(
        k for k, lr in real.curve[["iteration", "lr"]].itertuples(index=False)
        if abs(float(f"{lr:.3e}") - ours[k]) > 0.5 * 10 ** (np.floor(np.log10(lr)) - 3) * 1.001
    )  # fmt: skip
    assert found.first == expected


def test_lines_beyond_the_plans_end_part_from_it() -> None:
    found = fact(master_log(run_of(NUM_EPOCHS=120, every=500)), planned())
    last = found.table.iloc[-1]
    assert np.isnan(last["planned"])
    assert not last["agrees"]


@pytest.mark.parametrize(
    ("changes", "plan", "kind", "words"),
    [
        ({"NUM_EPOCHS": 120}, PLAN, "epochs", "120 epochs instead of 80"),
        ({"NUM_EPOCHS": 36}, PLAN, "epochs", "36 epochs instead of 80"),
        ({}, ps.RunPlan(samples=3712, gpus=8), "GPUs", "8 GPUs instead of 4"),
        ({}, ps.RunPlan(samples=3712, gpus=3), "GPUs", "3 GPUs instead of 4"),
        ({"BATCH_SIZE_PER_GPU": 6}, PLAN, "batch size", "6 samples per GPU instead of 4"),
        ({"LR": 0.00225}, PLAN, "LR", "LR 0.00225 instead of 0.003"),
    ],
)
def test_the_changed_setting_is_among_the_causes_of_a_bare_log(
    changes: dict, plan: ps.RunPlan, kind: str, words: str
) -> None:
    found = fact(master_log(run_of(plan, **changes), facts=False))
    assert found.first is not None
    assert (kind, words) in [(cause.kind, cause.text) for cause in found.causes]
    assert "stated" not in [cause.certainty for cause in found.causes]
    for cause in found.causes:
        assert cause.certainty == (
            "only fit" if len({(c.per_epoch, c.epochs) for c in found.causes}) == 1 else "one of several"
        )


@pytest.mark.parametrize(
    ("changes", "plan", "kind"),
    [
        ({"NUM_EPOCHS": 120}, PLAN, "epochs"),
        ({}, ps.RunPlan(samples=3712, gpus=8), "GPUs or batch size"),
        ({"NUM_EPOCHS": 60}, ps.RunPlan(samples=3712, gpus=2), "epochs and GPUs or batch size"),
    ],
)
def test_what_the_logs_own_lines_say_and_the_curve_confirms_is_the_one_cause(
    changes: dict, plan: ps.RunPlan, kind: str
) -> None:
    real = run_of(plan, **changes)
    (cause,) = fact(master_log(real)).causes
    assert (cause.kind, cause.certainty) == (kind, "stated")
    assert (cause.per_epoch, cause.epochs) == (real.iterations_per_epoch, real.epochs)


def test_a_log_that_was_resumed_with_more_epochs_says_where_and_with_how_many() -> None:
    first = run_of(end=78 * 232)
    after = ps.RunPlan(samples=3712, gpus=4, checkpoint=ps.Checkpoint(78, 78 * 232))
    second = run_of(after, NUM_EPOCHS=120)
    text = master_log(first, facts=False) + master_log(second, facts=False)
    found = fact(text)
    assert {cause.kind for cause in found.causes} == {"resume"}
    assert 120 in [cause.epochs for cause in found.causes]
    assert found.first == 78 * 232


def test_a_plan_that_only_the_second_leg_follows_is_a_resume_too() -> None:
    first = run_of(end=30 * 232, NUM_EPOCHS=40)
    second = run_of(ps.RunPlan(samples=3712, gpus=4, checkpoint=ps.Checkpoint(30, 30 * 232)))
    found = fact(master_log(first, facts=False) + master_log(second, facts=False))
    assert [(cause.kind, cause.epochs) for cause in found.causes if cause.per_epoch == 232] == [("resume", 40)]


def test_lines_that_a_resume_ran_again_replace_the_old_ones() -> None:
    again = run_of(ps.RunPlan(samples=3712, gpus=4, checkpoint=ps.Checkpoint(2, 464)), end=1000)
    log = read_log((master_log(run_of(end=900, LR=0.01)) + master_log(again)).encode())
    assert log.legs == (0, 464)
    assert log.points["iteration"].is_monotonic_increasing
    lr = log.points.set_index("iteration")["lr"]
    assert lr[464] == pytest.approx(again.curve["lr"].iloc[0], rel=1e-3)


def test_a_curve_that_nothing_tried_explains_has_no_cause() -> None:
    found = fact(master_log(run_of(PCT_START=0.1), facts=False))
    assert found.first is not None
    assert found.causes == ()


@pytest.mark.parametrize("data", [b"", b"hello", b"LR: 1.0e-3 but no count", b"\xff\xfe\x00", b"Acc_iter 5 LR: 1.2.3"])
def test_another_file_is_a_log_error(data: bytes) -> None:
    with pytest.raises(LogError):
        read_log(data)


@given(st.binary(max_size=400) | st.text(alphabet="LRAcc_iter:=0123456789.e-+[]/ \n", max_size=300).map(str.encode))
def test_any_bytes_are_a_log_or_a_log_error(data: bytes) -> None:
    try:
        log = read_log(data)
    except LogError:
        return
    assert len(log.points)


def events(tmp_path: Path, rows: list[tuple[int, float]]) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(tmp_path))
    for step, value in rows:
        parts = [
            Summary.Value(tag=tag, simple_value=v)
            for tag, v in (("meta_data/learning_rate", value), ("train/loss", 1.0))
        ]
        writer.add_event(Event(step=step, summary=Summary(value=parts)))
    writer.close()
    return next(tmp_path.iterdir()).read_bytes()


def doubled(curve: pd.DataFrame) -> list[tuple[int, float]]:
    return [(step, lr) for k, lr in curve[["iteration", "lr"]].itertuples(index=False) for step in (k, k + 1)]


def test_of_the_two_scalars_of_a_step_the_later_counts_and_the_last_step_is_a_leftover(tmp_path: Path) -> None:
    run = run_of(ps.RunPlan(samples=40), every=1)
    log = read_log(events(tmp_path, doubled(run.curve)))
    assert log.kind == "events"
    assert log.points["iteration"].tolist() == run.curve["iteration"].tolist()
    np.testing.assert_allclose(log.points["lr"], run.curve["lr"], rtol=1e-7)
    found = against(log, ps.simulate(CONFIG, ps.RunPlan(samples=40)))
    assert (found.first, found.agreeing) == (None, 1.0)


def test_scalars_written_once_are_taken_as_they_are(tmp_path: Path) -> None:
    run = run_of(ps.RunPlan(samples=40), every=1)
    rows = list(run.curve[["iteration", "lr"]].itertuples(index=False, name=None))
    assert len(read_log(events(tmp_path, rows)).points) == len(rows)


def test_an_event_file_that_breaks_off_is_read_up_to_there(tmp_path: Path) -> None:
    run = run_of(ps.RunPlan(samples=40), every=1)
    data = events(tmp_path, doubled(run.curve))
    assert 0 < len(read_log(data[: len(data) // 2 + 3]).points) < len(run.curve)


def test_an_event_file_without_lr_is_a_log_error(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="learning_rate"):
        read_log(events(tmp_path, []))


def test_lr_values_of_public_logs_agree_with_their_plans(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "reference" / "real_logs.jsonl").read_text().splitlines()]
    groups: dict[tuple, list[dict]] = {}
    for row in rows:
        if row["optimization"].get("OPTIMIZER") and "e-7" not in row["lr_printed"]:
            groups.setdefault((row["config"], row["iters_per_epoch"]), []).append(row)
    assert groups
    for (_, n), logged in groups.items():
        config = ps.load(json.dumps({"OPTIMIZATION": BLOCK | logged[0]["optimization"]}))
        text = "\n".join(f"LR: {row['lr_printed']}  Acc_iter {row['iteration'] + 1}" for row in logged)
        run = ps.simulate(config, ps.RunPlan(iters_per_epoch=n))
        assert against(read_log(text.encode()), run).first is None
        other = ps.simulate(config.edit({"NUM_EPOCHS": 17}), ps.RunPlan(iters_per_epoch=n))
        causes = against(read_log(text.encode()), other).causes
        assert config.optimization["NUM_EPOCHS"] in [cause.epochs for cause in causes if cause.kind == "epochs"]


def test_a_cause_is_said_once_however_many_roundings_of_lr_fit() -> None:
    causes = fact(classic_log(planned(LR=0.006))).causes
    assert [cause.text for cause in causes] == ["LR 0.006 instead of 0.003"]
    assert causes[0].certainty == "only fit"
