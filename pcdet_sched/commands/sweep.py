"""`sweep`: many benchmark runs over a grid or a random sample of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.commands.bench import INTERRUPTED, interrupts
from pcdet_sched.commands.options import FILE, OUT, load_file, trainer_option
from pcdet_sched.language import N_, _, row, stopped
from pcdet_sched.sweep.axis import format_value
from pcdet_sched.sweep.grid import Conditions, Point, describe_points, parse_grid
from pcdet_sched.sweep.journal import Journal
from pcdet_sched.sweep.local import DEVICES
from pcdet_sched.sweep.result import SweepResult, Trial, run_id
from pcdet_sched.sweep.runner import Progress, open_engine, run_sweep
from pcdet_sched.sweep.table import best, table_csv
from pcdet_sched.sweep.work import called

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcdet_sched.benchmark.variant import Description
    from pcdet_sched.sweep.work import Engine


class Options(Conditions):
    """The options beside those that choose what is run."""

    out: Path
    csv_out: Path | None
    scheduler: str
    workers: int | None


@click.command(
    "sweep",
    help=N_(
        "Train a toy detector with the OPTIMIZATION block of FILE at every point of a grid, or at random ones.\n\n"
        "Worker processes on this machine share the runs, or the workers of a Dask scheduler. A run that fails is "
        "tried once more; the others go on. Ctrl-C ends the sweep; the same command goes on with it.\n\n"
        "Exits with 1 where a run failed or the sweep could not go on, and with 130 after Ctrl-C."
    ),
)
@click.argument("file", type=FILE)
@click.option("--grid", "grids", multiple=True, required=True, metavar="NAME=VALUES",
              help=N_("An axis: clip=1,10,35,off, seed=0..4, LR=log:1e-4..1e-2:7. Can be repeated."))  # fmt: skip
@click.option(
    "--points", type=click.IntRange(min=1), help=N_("Random points in place of the grid, each with every seed.")
)
@click.option("--sample-seed", default=0, show_default=True, help=N_("The same number draws the same points."))
@click.option("--json-lines", "out", type=OUT, required=True,
              help=N_("Results are appended here as they come; a sweep that was cut off goes on from it."))  # fmt: skip
@click.option("--csv", "csv_out", type=OUT, help=N_("Write the table here."))
@click.option("--scheduler", default="", metavar="ADDRESS", help=N_("A Dask scheduler, such as tcp://host:8786."))
@click.option(
    "--workers", type=click.IntRange(min=1), help=N_("Processes on this machine; by default one per core or GPU.")
)
@click.option(
    "--device", type=click.Choice(DEVICES), default="cpu", show_default=True, help=N_("What each worker uses one of.")
)
@click.option("--iterations", default=200, show_default=True, help=N_("Iterations of each run."))
@click.option("--epochs", default=4, show_default=True, help=N_("Epochs that they are divided into."))
@click.option("--real-iterations", type=int, help=N_("Iterations of the real run, which WARMUP_ITER is counted in."))
@trainer_option
@click.option("--block", help=N_("Which block, where the file has several: OPTIMIZATION.PRETRAIN, for example."))
def command(
    file: Path,
    grids: tuple[str, ...],
    points: int | None,
    sample_seed: int,
    block: str | None,
    trainer: str,
    **options: Unpack[Options],
) -> None:
    """Train a toy detector with the OPTIMIZATION block of FILE at every point of a grid, or at random ones."""
    config, device, csv_out = load_file(file, block), options["device"], options["csv_out"]
    conditions: Conditions = {
        "iterations": options["iterations"], "epochs": options["epochs"], "device": device,
        "real_iterations": options["real_iterations"],
    }  # fmt: skip
    try:
        grid = parse_grid(grids)
        chosen = list(grid) if points is None else grid.sample(points, sample_seed)
        descriptions = describe_points(config.optimization, chosen, conditions, trainer)
        names = {run_id(description): label(point) for description, point in zip(descriptions, chosen, strict=True)}
        with (
            closing(Journal(options["out"])) as journal,
            closing(open_engine(options["scheduler"], device, options["workers"], len(descriptions))) as engine,
        ):
            result = _swept(descriptions, names, journal, engine)
        if csv_out is not None:
            csv_out.write_text(table_csv(result), encoding="utf-8")
    except (BenchmarkError, OSError) as error:
        raise click.ClickException(str(error)) from error
    _say(result, names)
    if result.stopped:
        sys.exit(INTERRUPTED)
    if result.failed:
        sys.exit(1)


def label(point: Point) -> str:
    """A point of a grid as text.

    >>> label({"clip": None, "LR": 0.003})
    'clip=off LR=0.003'
    """
    return " ".join(f"{name}={format_value(value)}" for name, value in point.items())


def _swept(
    descriptions: Sequence[Description], names: Mapping[str, str], journal: Journal, engine: Engine
) -> SweepResult:
    """Run them all, telling on standard error how it goes."""
    for warning in engine.warnings:
        click.echo(_("Warning: {warning}", warning=warning), err=True)
    screen = Screen(names, descriptions[0].iterations if descriptions else 0)
    with interrupts() as interrupted:
        try:
            return run_sweep(descriptions, engine, journal, screen.show, stop=lambda: bool(interrupted))
        finally:
            screen.close()


class Screen:
    """Standard error: a line per run that ended and, on a terminal, one line that changes."""

    def __init__(self, labels: Mapping[str, str], iterations: int) -> None:
        self._labels, self._iterations = labels, iterations
        self._terminal = sys.stderr.isatty()
        self._begun = False

    def show(self, progress: Progress) -> None:
        """Tell what ended since the last call, and where everything stands."""
        over = len(progress.trials)
        if not self._begun and over:
            self._line(_("{over} of {total} runs are in the file already.", over=over, total=progress.total))
        self._begun = True
        for trial in progress.latest:
            self._line(f"{self._labels[trial.id]}: {outcome(trial)}")
        if self._terminal:
            click.echo(f"\r\033[K{self._status(progress)}"[: _columns()], nl=False, err=True)

    def _status(self, progress: Progress) -> str:
        runs = [
            f"{self._labels[id_]} {run.iterations}/{self._iterations} ({called(run.worker)})"
            for id_, run in progress.running.items()
        ]
        stand = {"over": len(progress.trials), "total": progress.total, "workers": progress.workers}
        return _("{over}/{total} on {workers} workers. {runs}", runs="; ".join(runs), **stand)

    def _line(self, text: str) -> None:
        click.echo(f"\r\033[K{text}" if self._terminal else text, err=True)

    def close(self) -> None:
        """Leave an empty line to whatever comes next."""
        if self._terminal:
            click.echo("\r\033[K", nl=False, err=True)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns + len("\r\033[K")


def outcome(trial: Trial) -> str:
    """What came of a run, in a line."""
    if trial.run is None:
        return _("failed in {n} attempts: {why}", n=trial.attempts, why=trial.failure)
    summary = trial.run.summary
    parts = [
        _("final loss {loss:.4g}", loss=summary.final_loss), _("{share:.0%} clipped", share=summary.clipped_share),
    ]  # fmt: skip
    if summary.skipped_steps:
        parts.append(_("{n} skipped", n=summary.skipped_steps))
    if summary.weights_lost is not None:
        parts.append(_("weights lost at iteration {lost}", lost=summary.weights_lost))
    worker = called(trial.worker) or _("a worker that was lost")
    where = _("({seconds:.1f} s on {worker})", seconds=trial.seconds, worker=worker)
    return f"{row(parts)} {where}"


def _say(result: SweepResult, names: Mapping[str, str]) -> None:
    parts = [_("{n} runs measured", n=len(result.measured))]
    if result.failed:
        parts.append(_("{n} failed", n=len(result.failed)))
    if result.stopped:
        parts.append(_("stopped before the end"))
    click.echo(stopped(row(parts)))
    for place, trial in enumerate(best(result), 1):
        click.echo(f"{place}. {names[trial.id]}: {outcome(trial)}")
