"""`bench`: measure precision, clipping and loss scale on the toy detector."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcdet_sched.benchmark.child import THREADS
from pcdet_sched.benchmark.description import Description
from pcdet_sched.benchmark.parse import PRESETS, parse_variant
from pcdet_sched.benchmark.result import BenchmarkResult, BenchmarkRun, Readings
from pcdet_sched.benchmark.sentences import labels, sentences
from pcdet_sched.benchmark.serialise import to_csv, to_json
from pcdet_sched.benchmark.variant import BenchmarkError, Variant
from pcdet_sched.config import ConfigError, load

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--block", help="Which block, where the file has several: OPTIMIZATION.PRETRAIN, for example.")
@click.option("--variant", "variants", multiple=True, metavar="NAME=VALUE,…",
              help="A run over the block: precision=fp16,clip=10,loss_scale=32. Can be repeated.")  # fmt: skip
@click.option("--preset", "presets", multiple=True, type=click.Choice(list(PRESETS)), help="A set of runs; repeatable.")
@click.option("--iterations", default=200, show_default=True, help="Iterations of each run.")
@click.option("--epochs", default=4, show_default=True, help="Epochs that they are divided into.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or cuda:1.")
@click.option("--real-iterations", type=int, help="Iterations of the real run, which WARMUP_ITER is counted in.")
@click.option("--threads", type=click.IntRange(min=1), default=THREADS, show_default=True, help="CPU threads.")
@click.option("--json", "json_out", type=click.Path(dir_okay=False, path_type=Path), help="Write the result here.")
@click.option("--csv", "csv_out", type=click.Path(dir_okay=False, path_type=Path), help="Write the readings here.")
def command(
    file: Path,
    block: str | None,
    variants: tuple[str, ...],
    presets: tuple[str, ...],
    json_out: Path | None,
    csv_out: Path | None,
    threads: int,
    **conditions: Any,
) -> None:
    """Train a toy detector with the OPTIMIZATION block of FILE, in several variants, and compare them.

    Without --variant and --preset the block is run as it is. Ctrl-C ends the run and keeps what was measured.
    """
    try:
        optimization = load(file.read_bytes(), block).optimization
        chosen = chosen_variants(optimization, variants, presets, conditions["iterations"])
        descriptions = [Description(variant, **conditions) for variant in chosen]
        result = measure(descriptions, threads)
    except (ConfigError, BenchmarkError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if json_out is not None:
        json_out.write_text(to_json(result), encoding="utf-8")
    if csv_out is not None:
        csv_out.write_text(to_csv(result), encoding="utf-8")
    for label, sentence in sentences(result):
        click.echo(f"{label}: {sentence}")
    if any(run.stopped for run in result.runs) or len(result.runs) < len(descriptions):
        sys.exit(INTERRUPTED)


def chosen_variants(
    block: Mapping[str, Any], texts: Sequence[str], presets: Sequence[str], iterations: int
) -> list[Variant]:
    """The variants of the options, presets first; the block as it is where there are none. Raises BenchmarkError."""
    found = [variant for name in presets for variant in PRESETS[name].variants(block, iterations)]
    found += [parse_variant(text, block) for text in texts]
    return found or [Variant.from_block(block)]


def measure(descriptions: Sequence[Description], threads: int) -> BenchmarkResult:
    """Run one after the other, with a progress bar on a terminal."""
    import torch

    from pcdet_sched.benchmark.loop import run_variant

    torch.set_num_threads(threads)
    names = labels([description.variant for description in descriptions])
    total = sum(description.iterations for description in descriptions)
    runs: list[BenchmarkRun] = []
    with interrupts() as interrupted, click.progressbar(length=total, label="benchmark", file=sys.stderr) as bar:

        def advance(readings: Readings) -> None:
            bar.update(len(readings))

        for name, description in zip(names, descriptions, strict=True):
            if interrupted:
                break
            bar.label = name
            runs.append(run_variant(description, advance, stop=lambda: bool(interrupted)))
    return BenchmarkResult(tuple(runs))


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """A list that fills when Ctrl-C is pressed, in place of the exception."""
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: seen.append(number))
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
