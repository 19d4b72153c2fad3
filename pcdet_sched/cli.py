"""The command line: one module in `commands/` per subcommand, imported when it is used."""

from __future__ import annotations

import importlib
from copy import copy
from typing import cast

import click

from pcdet_sched import __version__
from pcdet_sched.language import N_, _, of_the_terminal, speak

COMMANDS = {
    "app": N_("Open the web app."),
    "bench": N_("Measure precision, clipping and loss scale on a toy detector."),
    "check": N_("Say where the trainer would stop or ignore a key."),
    "checkout": N_("Say what differs between a trainer on your disk and the known ones."),
    "compare": N_("Lay the curves of several configs side by side, as a table."),
    "explain": N_("Say what an error of the trainer means, from its traceback."),
    "logs": N_("Say where a real run's lr parts from the plan, and why."),
    "report": N_("Write one HTML file about a config that opens offline."),
    "resume": N_("Say how lr jumps where a run is resumed with other settings."),
    "simulate": N_("Write lr and momentum of every iteration as CSV."),
    "sweep": N_("Run many benchmark variants over a grid."),
}


def in_language(command: click.Command) -> click.Command:
    """A copy of a command whose help is in the language in force: its texts are marked where it is written."""
    found = copy(command)
    found.help = _(command.help) if command.help else None
    found.epilog = _(command.epilog) if command.epilog else None
    found.params = [copy(parameter) for parameter in command.params]
    for parameter in found.params:
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = _(parameter.help)
    return found


class LazyGroup(click.Group):
    """A group whose commands are imported one at a time, so that `--help` stays quick."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Choose the language before anything is said; --lang, which comes first, may choose another."""
        speak(of_the_terminal())
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand's own module is imported here, not before."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"pcdet_sched.commands.{cmd_name}")
        command: click.Command = module.command
        return in_language(command)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The group's own help."""
        click.Group.format_help(cast("click.Group", in_language(self)), ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands from the table: click would import each of them for its help line."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(text)) for name, text in COMMANDS.items()])


def _speak(_ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        speak(value)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=N_("See what an OpenPCDet OPTIMIZATION block will really do."),
)
@click.option(
    "--lang",
    metavar="TAG",
    is_eager=True,
    expose_value=False,
    callback=_speak,
    help=N_("Language, such as en or zh; PCDET_SCHED_LANG or the locale if not given."),
)
@click.version_option(__version__, prog_name="pcdet-sched")
def main() -> None:
    """See what an OpenPCDet OPTIMIZATION block will really do."""
