"""`sweep`: many benchmark runs over a grid or a random sample of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.commands.bench import INTERRUPTED, interrupts
from pcdet_sched.commands.options import load_file, trainer_option
from pcdet_sched.sweep.axis import format_value
from pcdet_sched.sweep.grid import describe_points, parse_grid
from pcdet_sched.sweep.journal import Journal
from pcdet_sched.sweep.local import DEVICES
from pcdet_sched.sweep.result import SweepResult, Trial, run_id
from pcdet_sched.sweep.runner import Progress, open_engine, run_sweep
from pcdet_sched.sweep.table import best, to_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcdet_sched.benchmark.description import Description


@click.command("sweep")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--grid", "grids", multiple=True, required=True, metavar="NAME=VALUES",
              help="An axis: clip=1,10,35,off, seed=0..4, LR=log:1e-4..1e-2:7. Can be repeated.")  # fmt: skip
@click.option("--points", type=click.IntRange(min=1), help="Random points in place of the grid, each with every seed.")
@click.option("--sample-seed", default=0, show_default=True, help="The same number draws the same points.")
@click.option("--json-lines", "out", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="Results are appended here as they come; a sweep that was cut off goes on from it.")  # fmt: skip
@click.option("--csv", "csv_out", type=click.Path(dir_okay=False, path_type=Path), help="Write the table here.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes on this machine; by default one per core or GPU."
)
@click.option(
    "--device", type=click.Choice(DEVICES), default="cpu", show_default=True, help="What each worker uses one of."
)
@click.option("--iterations", default=200, show_default=True, help="Iterations of each run.")
@click.option("--epochs", default=4, show_default=True, help="Epochs that they are divided into.")
@click.option("--real-iterations", type=int, help="Iterations of the real run, which WARMUP_ITER is counted in.")
@trainer_option
@click.option("--block", help="Which block, where the file has several: OPTIMIZATION.PRETRAIN, for example.")
def command(
    file: Path,
    grids: tuple[str, ...],
    points: int | None,
    sample_seed: int,
    csv_out: Path | None,
    block: str | None,
    trainer: str,
    **options: Any,
) -> None:
    """Train a toy detector with the OPTIMIZATION block of FILE at every point of a grid, or at random ones.

    Worker processes on this machine share the runs, or the workers of a Dask scheduler. A run that fails is tried once
    more; the others go on. Ctrl-C ends the sweep; the same command goes on with it.

    Exits with 1 where a run failed or the sweep could not go on, and with 130 after Ctrl-C.
    """
    config = load_file(file, block)
    conditions = {name: options.pop(name) for name in ("iterations", "epochs", "real_iterations")}
    try:
        grid = parse_grid(grids)
        chosen = list(grid) if points is None else grid.sample(points, sample_seed)
        descriptions = describe_points(config.optimization, chosen, conditions | {"device": options["device"]}, trainer)
        result = sweep(descriptions, _labels(chosen, descriptions), **options)
        if csv_out is not None:
            csv_out.write_text(to_csv(result), encoding="utf-8")
    except (BenchmarkError, OSError) as error:
        raise click.ClickException(str(error)) from error
    _say(result, _labels(chosen, descriptions))
    if result.stopped:
        sys.exit(INTERRUPTED)
    if result.failed:
        sys.exit(1)


def _labels(points: Sequence[Mapping[str, Any]], descriptions: Sequence[Description]) -> dict[str, str]:
    """What to call each run, by its id."""
    return {run_id(description): label(point) for description, point in zip(descriptions, points, strict=True)}


def label(point: Mapping[str, Any]) -> str:
    """A point of a grid as text.

    >>> label({"clip": None, "LR": 0.003})
    'clip=off LR=0.003'
    """
    return " ".join(f"{name}={format_value(value)}" for name, value in point.items())


def sweep(
    descriptions: Sequence[Description],
    labels: Mapping[str, str],
    out: Path,
    scheduler: str,
    device: str,
    workers: int | None,
) -> SweepResult:
    """Run them all, telling on standard error how it goes. Raises BenchmarkError and OSError."""
    most = len(descriptions)
    with closing(Journal(out)) as journal, closing(open_engine(scheduler, device, workers, most)) as engine:
        for warning in engine.warnings:
            click.echo(f"Warning: {warning}", err=True)
        screen = Screen(labels, descriptions[0].iterations if descriptions else 0)
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
            self._line(f"{over} of {progress.total} runs are in the file already.")
        self._begun = True
        for trial in progress.latest:
            self._line(f"{self._labels[trial.id]}: {told(trial)}")
        if self._terminal:
            click.echo(f"\r\033[K{self._status(progress)}"[: _columns()], nl=False, err=True)

    def _status(self, progress: Progress) -> str:
        runs = [
            f"{self._labels[id_]} {run.iterations}/{self._iterations} ({run.worker})"
            for id_, run in progress.running.items()
        ]
        over = len(progress.trials)
        return f"{over}/{progress.total} on {progress.workers} workers. " + "; ".join(runs)

    def _line(self, text: str) -> None:
        click.echo(f"\r\033[K{text}" if self._terminal else text, err=True)

    def close(self) -> None:
        """Leave an empty line to whatever comes next."""
        if self._terminal:
            click.echo("\r\033[K", nl=False, err=True)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns + len("\r\033[K")


def told(trial: Trial) -> str:
    """What came of a run, in a line."""
    where = f"{trial.seconds:.1f} s on {trial.worker or 'a worker that was lost'}"
    if trial.run is None:
        return f"failed in {trial.attempts} attempts: {trial.failure}"
    summary = trial.run.summary
    lost = "" if summary.weights_lost is None else f", weights lost at iteration {summary.weights_lost}"
    skipped = f", {summary.skipped_steps} skipped" if summary.skipped_steps else ""
    return f"final loss {summary.final_loss:.4g}, {summary.clipped_share:.0%} clipped{skipped}{lost} ({where})"


def _say(result: SweepResult, labels: Mapping[str, str]) -> None:
    failed = f", {len(result.failed)} failed" if result.failed else ""
    click.echo(f"{len(result.measured)} runs measured{failed}{', stopped before the end' if result.stopped else ''}.")
    for place, trial in enumerate(best(result), 1):
        click.echo(f"{place}. {labels[trial.id]}: {told(trial)}")
