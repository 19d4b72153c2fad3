"""Options and readers that several subcommands share."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcdet_sched.config import Config, ConfigError, load
from pcdet_sched.language import N_, _
from pcdet_sched.plan import AUTO, RunPlan
from pcdet_sched.trainer_records import NAMES, TRAINERS

if TYPE_CHECKING:
    from pcdet_sched.checkout.result import CheckoutError
    from pcdet_sched.findings.report import Report
    from pcdet_sched.simulation import Iterations, Run


Command = Callable[..., object]
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
"""What is read, and what is written."""


def trainer_option(command: Command) -> Command:
    """`--trainer`: whose code runs the block."""
    decorate = click.option(
        "--trainer",
        type=click.Choice((AUTO, *NAMES), case_sensitive=False),
        default=AUTO,
        show_default=True,
        metavar="NAME",
        help=N_(
            "master, classic, a fork as owner/name, or auto, which goes by the clone that the file lies in and by the "
            "block's signs."
        ),
    )
    return decorate(command)


def plan_options(samples_required: bool) -> Callable[[Command], Command]:
    """The options that describe a run, named as the trainer's own where it has them."""
    options: list[Callable[[Command], Command]] = [
        click.option(
            "--samples",
            type=click.IntRange(min=1),
            required=samples_required,
            help=N_("Training samples per epoch, over all GPUs."),
        ),
        click.option("--gpus", type=click.IntRange(min=1), default=1, show_default=True, help=N_("Number of GPUs.")),
        click.option("--epochs", type=click.IntRange(min=0), help=N_("As the trainer's --epochs.")),
        click.option(
            "--batch-size",
            "--batch_size",
            type=click.IntRange(min=1),
            help=N_("As the trainer's: the total over all GPUs."),
        ),
        trainer_option,
        click.option(
            "--merge-all-iters-to-one-epoch",
            "--merge_all_iters_to_one_epoch",
            is_flag=True,
            help=N_("As the trainer's flag of that name."),
        ),
        click.option("--amp", "--use_amp", "use_amp", is_flag=True, help=N_("As the trainer's --use_amp.")),
    ]

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def plan_from(values: Mapping[str, object]) -> RunPlan:
    """The plan that the options of `plan_options` describe. Raises click.UsageError for one that cannot be."""
    try:
        return RunPlan(**values)  # type: ignore[arg-type] # RunPlan looks at them itself
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def beside_option(command: Command) -> Command:
    """`--with`: the second file that the trainer reads beside the first."""
    help_text = N_(
        "The file that _BASE_CONFIG_ names, or one whose OPTIMIZATION is laid over (--opt_cfg_file of a fork)."
    )
    return click.option("--with", "beside", type=FILE, metavar="FILE", help=help_text)(command)


def checkout_option(command: Command) -> Command:
    """`--checkout`: step the code of the user's own trainer in place of a known one's rules."""
    help_text = N_(
        "Step the trainer's own code at PATH (a repository or its folder tools) instead of a known trainer's rules. "
        "This executes the code that lies there: name only what is yours or what you trust."
    )
    return click.option("--checkout", type=FOLDER, metavar="PATH", help=help_text)(command)


def simulated(
    config: Config, plan: RunPlan, checkout: Path | None = None, iterations: Iterations = None, name: str = ""
) -> Run:
    """The run of a file, by the known trainers or by a checkout's code, with a word on which code that was.

    Exits with 1 and a sentence where the checkout cannot be run. `name` is put before what is said.
    """
    from pcdet_sched.simulation import simulate

    if checkout is None:
        return simulate(config, plan, iterations)
    _alone(plan)
    from pcdet_sched.checkout.result import CheckoutError
    from pcdet_sched.checkout.simulate import simulate_checkout

    try:
        run = simulate_checkout(config, plan, checkout, iterations, tell=_counter())
    except CheckoutError as error:
        raise checkout_failed(error) from error
    if run.checkout is not None:
        click.echo(f"{name}{run.checkout.sentence}", err=True)
    return run


def judge_of(checkout: Path) -> Callable[[Config, RunPlan], Report]:
    """What checks a file by a checkout's code. Its calls exit with 1 and a sentence where that cannot be run."""
    from pcdet_sched.checkout.check import check_checkout
    from pcdet_sched.checkout.result import CheckoutError

    def judge(config: Config, plan: RunPlan) -> Report:
        _alone(plan)
        try:
            report = check_checkout(config, plan, checkout)
        except CheckoutError as error:
            raise checkout_failed(error) from error
        if report.checkout is not None:
            click.echo(report.checkout.sentence, err=True)
        return report

    return judge


def checkout_failed(error: CheckoutError) -> click.ClickException:
    """The error for the terminal, with the end of what the checkout's code has printed."""
    printed = "".join(each for each in error.printed if each.isprintable() or each == "\n").strip()
    said = [str(error), _("It printed:"), printed] if printed else [str(error)]
    return click.ClickException("\n".join(said))


def _alone(plan: RunPlan) -> None:
    if plan.trainer != AUTO:
        raise click.UsageError(_("--checkout is a trainer of its own: leave --trainer out."))


def _counter() -> Callable[[int], None] | None:
    """Shows how many iterations are done, where somebody looks."""
    if not sys.stderr.isatty():
        return None
    return lambda done: click.echo("\r" + _("{n} iterations stepped", n=f"{done:,}"), nl=False, err=True)


def load_file(file: Path, block: str | None = None, beside: Path | None = None) -> Config:
    """Read a YAML file, or two. Exits with 2 and one line, with line and column, where that cannot be done."""
    try:
        return load(file.read_bytes(), block, None if beside is None else beside.read_bytes())
    except OSError as error:
        raise click.UsageError(
            _("{path} cannot be read: {why}", path=error.filename or file, why=error.strerror)
        ) from error
    except ConfigError as error:
        raise click.UsageError(f"{file}: {error}") from error


# Whose clone a file lies in: a known fork's files are judged as that fork trains them, signs or none.
_FORKS = {trainer.name.lower(): trainer.name for trainer in TRAINERS if trainer.is_fork}
_GITHUB = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", re.MULTILINE | re.IGNORECASE)


def as_its_clone(options: Mapping[str, object], file: Path, checkout: Path | None = None) -> dict[str, object]:
    """The options of a plan, with the fork for "auto" where the file lies in a clone of one; said once for each clone.

    Only git's own record of the remotes counts, and only where it names one known fork. A `checkout` is a trainer of
    its own.
    """
    root = _root(file.resolve().parent) if options["trainer"] == AUTO and checkout is None else None
    fork = None if root is None else fork_of(root)
    return dict(options) if fork is None else {**options, "trainer": fork}


@cache
def _root(folder: Path) -> Path | None:
    """The repository that a folder lies in."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)


@cache
def fork_of(root: Path) -> str | None:
    """The one known fork among a repository's remotes; None where there is none, several, or no git. Says it."""
    from pcdet_sched.checkout.find import git

    said = git(root, "config", "--get-regexp", r"^remote\..*\.url$") or ""
    found = {_FORKS[name.lower()] for name in _GITHUB.findall(said) if name.lower() in _FORKS}
    if len(found) != 1:
        return None
    fork = found.pop()
    click.echo(_("{root} is a clone of {fork}: judged as {fork} trains.", root=root, fork=fork), err=True)
    return fork
