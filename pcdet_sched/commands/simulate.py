"""`simulate`: the curve of a config as CSV, with the numbers that the page shows."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from pcdet_sched.commands.options import (
    FILE,
    as_its_clone,
    beside_option,
    checkout_option,
    load_file,
    plan_from,
    plan_options,
    simulated,
)
from pcdet_sched.language import N_, _

if TYPE_CHECKING:
    from pcdet_sched.config import Config
    from pcdet_sched.plan import RunPlan

_CHUNK = 10_000


@click.command(
    "simulate",
    help=N_(
        "Write iteration, epoch, lr and momentum of every iteration of FILE's schedule as CSV.\n\n"
        "The figures are read back from the trainer's own optimizer. Where the trainer would stop, the curve is "
        "what the author of the block meant, and a line on standard error says where it stops.\n\n"
        "Exits with 2 for a file that cannot be read, and with 1 where no curve can be computed."
    ),
)
@click.argument("file", type=FILE)
@plan_options(samples_required=True)
@click.option(
    "--every", type=click.IntRange(min=1), default=1, show_default=True, help=N_("Write each K-th iteration.")
)
@click.option(
    "--csv", "out", required=True, type=click.Path(path_type=Path), help=N_("Where to write; - for the terminal.")
)
@click.option("--block", help=N_("Which block of the file, as a dotted path; the first sensible one by default."))
@beside_option
@checkout_option
def command(
    file: Path,
    every: int,
    out: Path,
    block: str | None,
    beside: Path | None,
    checkout: Path | None,
    **plan_values: object,
) -> None:
    """Write iteration, epoch, lr and momentum of every iteration of FILE's schedule as CSV."""
    config = load_file(file, block, beside)
    plan = plan_from(as_its_clone(plan_values, file, checkout))
    if checkout is not None:
        _by_checkout(config, plan, checkout, every, out)
        return
    run = _judge(config, plan)
    if run is None:
        raise SystemExit(1)
    with _open(out) as stream:
        _write(config, plan, every, run, stream)


def _judge(config: Config, plan: RunPlan) -> int | None:
    """Say where the run stops, if it does; the number of its iterations, or None where there is no curve."""
    from pcdet_sched.simulation import simulate

    run = simulate(config, plan)
    if run.resolved.signs:
        click.echo(run.resolved.sentence, err=True)
    if run.crash is not None:
        click.echo(_("The {trainer} trainer stops: {crash}", trainer=run.resolved.name, crash=run.crash), err=True)
    if not run.has_curve:
        click.echo(_("There is no curve to write: see `pcdet-sched check` for what to change."), err=True)
        return None
    return run.total_iterations


def _by_checkout(config: Config, plan: RunPlan, checkout: Path, every: int, out: Path) -> None:
    run = simulated(config, plan, checkout, "all")
    if run.crash is not None:
        click.echo(_("The checkout stops: {crash}", crash=run.crash), err=True)
    if not run.has_curve:
        raise SystemExit(1)
    kept = run.curve.iloc[sorted({*range(0, len(run.curve), every), len(run.curve) - 1})]
    with _open(out) as stream:
        kept.to_csv(stream, index=False, lineterminator="\n")


@contextlib.contextmanager
def _open(out: Path) -> Iterator[TextIO]:
    if str(out) == "-":
        yield sys.stdout
        return
    try:
        with out.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as error:
        raise click.ClickException(_("{path} cannot be written: {why}", path=out, why=error.strerror)) from error


def _write(config: Config, plan: RunPlan, every: int, total: int, stream: TextIO) -> None:
    from pcdet_sched.simulation import iter_curve

    rows = -(-total // every)
    hidden = stream is sys.stdout or not sys.stderr.isatty()
    with click.progressbar(length=rows, label=_("Writing"), file=sys.stderr, hidden=hidden) as bar:
        for number, part in enumerate(iter_curve(config, plan, every, _CHUNK)):
            part.to_csv(stream, index=False, header=number == 0, lineterminator="\n")
            bar.update(len(part))
