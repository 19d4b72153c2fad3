"""The table of a sweep."""

from __future__ import annotations

import csv
import io
import math

import pytest

from pcdet_sched.benchmark.variant import Variant
from pcdet_sched.sweep.grid import describe_points, parse_grid
from pcdet_sched.sweep.result import SweepResult, Trial, run_id
from pcdet_sched.sweep.table import OUTCOME, best, over_seeds, rows, settings, table_csv, varied, varied_names
from pcdet_sched.sweep.work import nothing


@pytest.fixture
def swept(block, measured):
    """A sweep over texts of a grid; losses in the order of its points, None for a failure, nan for lost weights."""

    def make(texts: list[str], losses: list[float | None]) -> SweepResult:
        found = []
        for description, loss in zip(describe_points(block, list(parse_grid(texts)), {}), losses, strict=True):
            run = None if loss is None else measured(description, loss)
            found.append(Trial(run_id(description), description, run, "" if run else "no memory", worker="w0"))
        return SweepResult(tuple(found))

    return make


def test_only_what_differs_has_a_column(swept) -> None:
    result = swept(["clip=10,off LR=0.003"], [1.0, 2.0])
    assert varied([trial.description for trial in result.trials]) == ("clip",)
    assert [tuple(row) for row in rows(result)] == [("clip", *OUTCOME)] * 2


def test_every_field_of_a_variant_can_be_a_column(block) -> None:
    known = set(settings(describe_points(block, [{}], {})[0]))
    fields = {name for name in Variant.__dataclass_fields__ if name not in ("optimization", "spikes")}
    assert fields | {"spike", "LR"} <= known


def test_a_row_says_what_came_of_its_run(swept) -> None:
    good, lost, failed = rows(swept(["seed=0..2"], [1.5, math.nan, None]))
    assert (good["status"], good["final_loss"], good["skipped_steps"], good["failure"]) == ("measured", 1.5, 1, "")
    assert (lost["status"], lost["weights_lost"]) == ("lost", 0)
    assert (failed["status"], failed["final_loss"], failed["failure"]) == ("failed", None, "no memory")


def test_the_best_are_sound_runs_with_the_lowest_loss_first(swept) -> None:
    result = swept(["seed=0..4"], [3.0, math.nan, 1.0, None, 2.0])
    assert [trial.description.variant.seed for trial in best(result)] == [2, 4, 0]
    assert [trial.description.variant.seed for trial in best(result, 1)] == [2]


def test_seeds_of_one_setting_come_together_and_lost_ones_put_it_last(swept) -> None:
    table = rows(swept(["clip=1,10,off seed=0..2"], [3.0, 4.0, 5.0, 1.0, 1.0, math.nan, 2.0, 9.0, 2.5]))
    found = over_seeds(table)
    assert [(row["clip"], row["runs"], row["lost_or_failed"]) for row in found] == [
        ("off", 3, 0), (1.0, 3, 0), (10.0, 3, 1),
    ]  # fmt: skip
    assert (found[0]["final_loss"], found[0]["worst_final_loss"]) == (2.5, 9.0)


def test_the_csv_holds_every_row(swept) -> None:
    result = swept(["clip=10,off seed=0..1"], [1.0, 2.0, None, 3.0])
    found = list(csv.DictReader(io.StringIO(table_csv(result))))
    assert [row["clip"] for row in found] == ["10.0", "10.0", "off", "off"]
    assert [row["status"] for row in found] == ["measured", "measured", "failed", "measured"]
    assert varied_names(found[0]) == ("clip", "seed")


def test_a_sweep_of_nothing_has_a_head_and_no_rows() -> None:
    assert table_csv(SweepResult()) == ",".join(OUTCOME) + "\n"


def test_a_run_without_an_iteration_is_not_among_the_best(block) -> None:
    [description] = describe_points(block, [{}], {})
    run = nothing(description, lambda _: None, lambda: False)
    assert best(SweepResult((Trial(run_id(description), description, run),))) == ()
