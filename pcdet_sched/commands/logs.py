"""`logs`: the lr of a real run against its plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcdet_sched.commands.options import FILE, OUT, load_file, plan_from, plan_options
from pcdet_sched.language import N_, _

if TYPE_CHECKING:
    from pcdet_sched.logs.fact import Fact


@click.command(
    "logs",
    help=N_(
        "Say where the lr in LOG (train_*.log, or a TensorBoard event file) parts from FILE's schedule, and why.\n\n"
        "Exits with 1 where they part, and with 2 for a file that cannot be read."
    ),
)
@click.argument("file", type=FILE)
@click.argument("log", type=FILE)
@plan_options(samples_required=True)
@click.option("--csv", "out", type=OUT, help=N_("Write logged and planned lr here."))
def command(file: Path, log: Path, out: Path | None, **values: object) -> None:
    """Say where the lr in LOG (train_*.log, or a TensorBoard event file) parts from FILE's schedule, and why."""
    from pcdet_sched.logs.fact import against
    from pcdet_sched.logs.log import LogError, read_log
    from pcdet_sched.simulation import simulate

    config, plan = load_file(file), plan_from(values)
    try:
        found = against(read_log(log.read_bytes()), simulate(config, plan))
    except LogError as error:
        raise click.UsageError(f"{log}: {error}") from error
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if out is not None:
        found.table.to_csv(out, index=False, lineterminator="\n")
    for line in _lines(found):
        click.echo(line)
    raise SystemExit(0 if found.first is None else 1)


def _lines(found: Fact) -> list[str]:
    count = len(found.table)
    if found.first is None:
        return [_("all {n} logged values agree with the plan to the last printed digit", n=count)]
    words = _("parts from the plan at iteration {first}; {share:.0%} of {n} values agree")
    lines = [words.format(first=found.first, share=found.agreeing, n=count)]
    causes = [
        _("{kind}: {text} ({certainty})", kind=_(cause.kind), text=cause.text, certainty=_(cause.certainty))
        for cause in found.causes[:10]
    ]
    return lines + (causes or [_("no change of epochs, GPUs, batch size, LR and no resume explains it")])
