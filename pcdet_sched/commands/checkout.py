"""`checkout`: what a trainer on the user's own disk does otherwise than the known ones."""

from __future__ import annotations

from pathlib import Path

import click

from pcdet_sched.commands.options import FOLDER, checkout_failed
from pcdet_sched.language import N_, _


@click.command(
    "checkout",
    help=N_(
        "Say which known trainer the code at PATH is nearest to, and what differs, as a table.\n\n"
        "PATH is a repository or its folder tools. This executes the code that lies there, in a process of its own: "
        "name only what is yours or what you trust. Fifty to seventy small blocks are taken through its "
        "build_optimizer, build_scheduler and train_model, and through each known trainer.\n\n"
        "Exits with 0 where a known trainer is identical in all of it and where none is, and with 1 where the code "
        "cannot be run."
    ),
)
@click.argument("path", type=FOLDER)
def command(path: Path) -> None:
    """Say which known trainer the code at PATH is nearest to, and what differs, as a table."""
    from pcdet_sched.checkout.differences import differences
    from pcdet_sched.checkout.result import CheckoutError

    try:
        found = differences(path)
    except CheckoutError as error:
        raise checkout_failed(error) from error
    commit = found.commit or _("no commit")
    if found.changed:
        commit = _("{commit} with changes", commit=commit)
    click.echo(f"{found.root} ({commit})")
    for file in found.files:
        click.echo(f"  {file.sha256[:12]}  {file.path}")
    click.echo(found.sentence)
    if not found.rows:
        return
    table = [(_("aspect"), _("this checkout"), found.nearest)]
    table += [(row.aspect, row.checkout, row.nearest) for row in found.rows]
    widths = [max(len(row[column]) for row in table) for column in range(3)]
    for row in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
