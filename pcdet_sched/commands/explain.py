"""`pcdet-sched explain`: what an error message or a traceback of the trainer means."""

from __future__ import annotations

import sys
from typing import TextIO

import click

from pcdet_sched.language import N_, _


@click.command(
    "explain",
    help=N_(
        "Say why the trainer stopped, and what to write instead.\n\n"
        "FILE is a log or a traceback as it was printed, or - for what is typed or piped in. The last exception counts."
    ),
    epilog=N_("Exit status: 0 the error is known, 1 it is not, or there is none."),
)
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"), metavar="FILE")
def command(file: TextIO) -> None:
    """Say why the trainer stopped, and what to write instead."""
    from pcdet_sched.findings.wording import printable
    from pcdet_sched.tracebacks import as_text, explain

    answer = explain(file.read())
    if answer is None:
        click.echo(_("There is no exception in it."), err=True)
        sys.exit(1)
    click.echo("\n".join(map(printable, as_text(answer).splitlines())))
    sys.exit(not answer.causes)
