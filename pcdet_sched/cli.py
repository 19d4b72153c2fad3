"""The command line: one module in `commands/` per subcommand, imported when it is used."""

from __future__ import annotations

import importlib
from typing import Any

import click

from pcdet_sched import __version__

COMMANDS = {
    "app": "Open the web app.",
    "bench": "Measure precision, clipping and loss scale on a toy detector.",
    "check": "Say where the trainer would stop or ignore a key.",
    "compare": "Lay the curves of several configs side by side, as a table.",
    "logs": "Say where a real run's lr parts from the plan, and why.",
    "report": "Write one HTML file about a config that opens offline.",
    "resume": "Say how lr jumps where a run is resumed with other settings.",
    "simulate": "Write lr and momentum of every iteration as CSV.",
    "sweep": "Run many benchmark variants over a grid.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported one at a time, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand's own module is imported here, not before."""
        if cmd_name not in COMMANDS:
            return None
        module: Any = importlib.import_module(f"pcdet_sched.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands from the table: click would import each of them for its help line."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pcdet-sched")
def main() -> None:
    """See what an OpenPCDet OPTIMIZATION block will really do."""
