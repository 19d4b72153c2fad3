"""`pcdet-sched app`: the same app as `streamlit run app.py`, from a checkout or an installed wheel."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from pcdet_sched.checkout.find import VARIABLE
from pcdet_sched.commands.options import checkout_option
from pcdet_sched.language import N_, _
from pcdet_sched.limits import LimitError, limits

PACKAGE = Path(__file__).resolve().parents[1]

# A wheel carries app.py, pages/ and .streamlit/ in the package; a checkout has them beside it. Streamlit
# reads the settings that lie beside the script it runs, so both start alike.
PLACES = (PACKAGE / "_app" / "app.py", PACKAGE.parent / "app.py")


def app_script() -> Path:
    """The script that Streamlit is to run. Raises FileNotFoundError where the installation has none."""
    for place in PLACES:
        if place.is_file():
            return place
    places = _(" and ").join(map(str, PLACES))
    raise FileNotFoundError(_("no app.py in this installation; looked for {places}", places=places))


def streamlit_arguments(port: int | None, address: str | None, browser: bool) -> list[str]:
    """Arguments after `python`. Raises LimitError for a limit in the environment that cannot be used.

    Streamlit refuses uploads by whole MiB, the app by bytes: the first must not be lower than the second.
    """
    most = limits()
    mebibytes = -(-max(most.max_upload_bytes, 4 * most.max_yaml_chars) // 2**20)  # a character has up to 4 bytes
    arguments = ["-m", "streamlit", "run", str(app_script()), "--server.maxUploadSize", str(mebibytes)]
    if port is not None:
        arguments += ["--server.port", str(port)]
    if address is not None:
        arguments += ["--server.address", address]
    return arguments if browser else [*arguments, "--server.headless", "true"]


def _this_machine(address: str | None, flags: tuple[str, ...]) -> str:
    """The address of a server that executes the user's code. Raises click.UsageError for one that others reach."""
    elsewhere = any(flag.lstrip("-").startswith("server.address") for flag in flags)
    if elsewhere or address not in (None, "127.0.0.1", "::1", "localhost"):
        raise click.UsageError(_("--checkout executes code, so the app listens on this machine only."))
    return address or "127.0.0.1"


@click.command(
    help=N_(
        "Open the web app.\n\n"
        "With --checkout the Tune page draws what the code at PATH does, as long as its Trainer is auto, and the app "
        "listens on this machine only: whoever opens it has that code executed.\n\n"
        "What follows `--` goes to `streamlit run`: pcdet-sched app -- --server.baseUrlPath lr"
    )
)
@click.option("--port", type=click.IntRange(1, 65_535), envvar="PORT", show_envvar=True, help=N_("8501 if not given."))
@click.option(
    "--address", help=N_("Address to listen on; 127.0.0.1 if neither this nor STREAMLIT_SERVER_ADDRESS is given.")
)
@click.option("--browser/--no-browser", default=True, show_default=True, help=N_("Open a browser window."))
@click.argument("streamlit_flags", nargs=-1, type=click.UNPROCESSED)
@checkout_option
def command(
    port: int | None, address: str | None, browser: bool, checkout: Path | None, streamlit_flags: tuple[str, ...]
) -> None:
    """Open the web app."""
    if checkout is not None:
        address = _this_machine(address, streamlit_flags)
        os.environ[VARIABLE] = str(checkout.resolve())
    try:
        arguments = streamlit_arguments(port, address, browser)
    except (FileNotFoundError, LimitError) as error:
        raise click.ClickException(str(error)) from None
    # The process becomes the server, so that signals reach it.
    os.execv(sys.executable, [sys.executable, *arguments, *streamlit_flags])  # noqa: S606
