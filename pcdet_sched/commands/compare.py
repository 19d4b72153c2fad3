"""`compare`: several configs side by side, as a table."""

from __future__ import annotations

from pathlib import Path

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


@click.command(
    "compare",
    help=N_(
        "Show what differs between FILES, and their curves in numbers, all under one plan.\n\n"
        "A file without a curve is named with the reason, on the standard error. Exits with 2 for a file that "
        "cannot be read."
    ),
)
@click.argument("files", type=FILE, nargs=-1, required=True)
@plan_options(samples_required=True)
@click.option("--format", "form", type=click.Choice(["text", "csv"]), default="text", show_default=True)
@beside_option
@checkout_option
def command(files: tuple[Path, ...], form: str, beside: Path | None, checkout: Path | None, **values: object) -> None:
    """Show what differs between FILES, and their curves in numbers, all under one plan."""
    from pcdet_sched.compare.comparison import compare

    names = [str(file) for file in files]
    if len(set(names)) < len(names):
        raise click.UsageError(_("a file was given twice"))
    plans = [plan_from(as_its_clone(values, file, checkout)) for file in files]
    runs = {
        name: simulated(load_file(file, beside=beside), plan, checkout, name=f"{name}: ")
        for name, file, plan in zip(names, files, plans, strict=True)
    }
    found = compare(runs, most=len(runs))
    for name, reason in found.curveless.items():
        click.echo(_("{name}: {reason}", name=name, reason=reason), err=True)
    if form == "csv":
        click.echo(found.table().to_csv(lineterminator="\n"), nl=False)
        return
    table = found.table().drop(index=list(found.curveless))
    if len(table):
        click.echo(table.T.to_string(float_format=lambda number: f"{number:.6g}"))
    head = _("differs:") if found.differences else _("no value differs")
    click.echo(f"\n{head}")
    for row in found.differences:
        click.echo(f"  {row.name}: {' | '.join(map(str, row.values))}")
