"""`bench`: measure precision, clipping and loss scale on the toy detector."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from pcdet_sched.benchmark.parse import PRESETS, format_variant, parse_variant
from pcdet_sched.benchmark.sentences import labels, sentences
from pcdet_sched.benchmark.serialise import to_csv, to_json
from pcdet_sched.benchmark.variant import BenchmarkError, Description, Variant
from pcdet_sched.commands.options import FILE, OUT, trainer_option
from pcdet_sched.config import ConfigError, load
from pcdet_sched.language import N_, _
from pcdet_sched.plan import AUTO
from pcdet_sched.sweep.grid import Conditions
from pcdet_sched.sweep.local import LocalEngine
from pcdet_sched.sweep.result import SweepResult, run_id
from pcdet_sched.sweep.runner import Progress, run_sweep
from pcdet_sched.sweep.work import THREADS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcdet_sched.codec import Block

INTERRUPTED = 130


class Options(Conditions):
    """The options beside those that choose what is run."""

    json_out: Path | None
    csv_out: Path | None
    threads: int


@click.command(
    help=N_(
        "Train a toy detector with the OPTIMIZATION block of FILE, in several variants, and compare them.\n\n"
        "Without --variant and --preset the block is run as it is. Ctrl-C ends the run and keeps what was "
        "measured."
    )
)
@click.argument("file", type=FILE)
@click.option("--block", help=N_("Which block, where the file has several: OPTIMIZATION.PRETRAIN, for example."))
@click.option("--variant", "variants", multiple=True, metavar="NAME=VALUE,…",
              help=N_("A run over the block: precision=fp16,clip=10,loss_scale=32. Can be repeated."))  # fmt: skip
@click.option(
    "--preset", "presets", multiple=True, type=click.Choice(list(PRESETS)), help=N_("A set of runs; repeatable.")
)
@click.option("--iterations", default=200, show_default=True, help=N_("Iterations of each run."))
@click.option("--epochs", default=4, show_default=True, help=N_("Epochs that they are divided into."))
@click.option("--device", default="cpu", show_default=True, help=N_("cpu, cuda or cuda:1."))
@click.option("--real-iterations", type=int, help=N_("Iterations of the real run, which WARMUP_ITER is counted in."))
@trainer_option
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help=N_("CPU threads."))
@click.option("--json", "json_out", type=OUT, help=N_("Write the result here."))
@click.option("--csv", "csv_out", type=OUT, help=N_("Write the readings here."))
def command(
    file: Path,
    block: str | None,
    variants: tuple[str, ...],
    presets: tuple[str, ...],
    trainer: str,
    **options: Unpack[Options],
) -> None:
    """Train a toy detector with the OPTIMIZATION block of FILE, in several variants, and compare them."""
    json_out, csv_out = options["json_out"], options["csv_out"]
    conditions: Conditions = {
        "iterations": options["iterations"], "epochs": options["epochs"], "device": options["device"],
        "real_iterations": options["real_iterations"],
    }  # fmt: skip
    try:
        optimization = load(file.read_bytes(), block).optimization
        chosen = chosen_variants(optimization, variants, presets, conditions["iterations"], trainer)
        measured = _measured([Description(variant, **conditions) for variant in chosen], options["threads"])
    except (ConfigError, BenchmarkError, OSError) as error:
        raise click.ClickException(str(error)) from error
    result = measured.benchmark()
    if json_out is not None:
        json_out.write_text(to_json(result), encoding="utf-8")
    if csv_out is not None:
        csv_out.write_text(to_csv(result), encoding="utf-8")
    for label, sentence in sentences(result):
        click.echo(_("{label}: {sentence}", label=label, sentence=sentence))
    for trial in measured.failed:
        variant = format_variant(trial.description.variant)
        click.echo(_("Error: {variant}: {why}", variant=variant, why=trial.failure), err=True)
    if measured.stopped or measured.failed:
        sys.exit(INTERRUPTED if measured.stopped else 1)


def chosen_variants(
    block: Block, texts: Sequence[str], presets: Sequence[str], iterations: int, trainer: str = AUTO
) -> list[Variant]:
    """The variants of the options, presets first; the block as it is where there are none. Raises BenchmarkError."""
    found = [variant for name in presets for variant in PRESETS[name].variants(block, iterations, trainer)]
    found += [parse_variant(text, block, trainer) for text in texts]
    return found or [Variant.from_block(block, trainer=trainer)]


def _measured(descriptions: Sequence[Description], threads: int) -> SweepResult:
    """Run one after the other in a worker process, with a progress bar on a terminal. Raises BenchmarkError."""
    usable = {run_id(description): description for description in descriptions}
    names = dict(zip(usable, labels([description.variant for description in usable.values()]), strict=True))
    total = sum(description.iterations for description in usable.values())
    with (
        closing(LocalEngine([{THREADS: str(threads)}])) as engine,
        interrupts() as interrupted,
        click.progressbar(length=total, label=_("benchmark"), file=sys.stderr) as bar,
    ):

        def show(progress: Progress) -> None:
            over = sum(trial.description.iterations for trial in progress.trials)
            bar.label = next((names[id_] for id_ in progress.running), bar.label)
            bar.update(over + sum(run.iterations for run in progress.running.values()) - bar.pos)

        return run_sweep(descriptions, engine, watch=show, stop=lambda: bool(interrupted))


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """A list that fills when Ctrl-C is pressed, in place of the exception."""
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: seen.append(number))
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
