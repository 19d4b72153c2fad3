"""The command line: `bench`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pcdet_sched.benchmark.serialise import from_json
from pcdet_sched.cli import main
from pcdet_sched.commands.bench import chosen_variants

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path, block):
    path = tmp_path / "model.yaml"
    path.write_text(f"OPTIMIZATION: {json.dumps(block)}\n")
    return path


def bench(*arguments):
    return CliRunner().invoke(main, ["bench", *map(str, arguments)])


def test_variants_come_out_as_json_in_their_order(file, tmp_path):
    out, table = tmp_path / "out.json", tmp_path / "out.csv"
    result = bench(
        file, "--variant", "precision=fp16,clip=10,loss_scale=32", "--variant", "clip=off", "--iterations", 4,
        "--json", out, "--csv", table,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    first, second = from_json(out.read_text()).runs
    assert (first.variant.precision, first.variant.clip, first.variant.loss_scale) == ("fp16", 10.0, 32.0)
    assert (second.variant.precision, second.variant.clip) == ("fp32", None)
    assert first.readings.iteration == (0, 1, 2, 3)
    assert len(table.read_text().splitlines()) == 9


def test_a_preset_is_its_variants_and_without_a_variant_the_block_is_run_as_it_is(block):
    assert [variant.clip for variant in chosen_variants(block, (), ("clip",), 200)] == [1.0, 10.0, 35.0, None]
    (variant,) = chosen_variants(block, (), (), 200)
    assert (variant.precision, variant.clip) == ("fp32", 10.0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--variant", "precision=fp8"], "one of fp32"),
        (["--variant", "OPTIMIZER=lion"], "NotImplementedError"),
        (["--iterations", "0"], "at least 1"),
        (["--device", "tpu"], "device must be"),
        (["--block", "OPTIMIZATION.NO"], "OPTIMIZATION.NO"),
    ],
)
def test_what_cannot_be_run_is_a_sentence_and_exit_code_1(file, arguments, says):
    result = bench(file, *arguments)
    assert (result.exit_code, says in result.output) == (1, True), result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_no_config_is_a_sentence(tmp_path):
    path = tmp_path / "no.yaml"
    path.write_text("MODEL: {}\n")
    result = bench(path)
    assert result.exit_code == 1
    assert result.output.startswith("Error:")


@pytest.mark.slow
def test_an_interrupt_keeps_what_was_measured(file, tmp_path):
    out = tmp_path / "out.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "pcdet_sched", "bench", file, "--iterations", "100000", "--threads", "1", "--json", out],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ,
    )  # fmt: skip
    assert process.stderr.readline() == "benchmark\n"
    assert process.stderr.readline()  # the bar's label changes with the first readings
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    (run,) = from_json(out.read_text()).runs
    assert run.stopped
    assert len(run.readings) >= 10
