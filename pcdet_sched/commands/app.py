"""`pcdet-sched app`: the same app as `streamlit run app.py`, from a checkout or an installed wheel."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

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


@click.command(
    help=N_(
        "Open the web app.\n\nWhat follows `--` goes to `streamlit run`: pcdet-sched app -- --server.baseUrlPath lr"
    )
)
@click.option("--port", type=click.IntRange(1, 65_535), envvar="PORT", show_envvar=True, help=N_("8501 if not given."))
@click.option(
    "--address", help=N_("Address to listen on; 127.0.0.1 if neither this nor STREAMLIT_SERVER_ADDRESS is given.")
)
@click.option("--browser/--no-browser", default=True, show_default=True, help=N_("Open a browser window."))
@click.argument("streamlit_flags", nargs=-1, type=click.UNPROCESSED)
def command(port: int | None, address: str | None, browser: bool, streamlit_flags: tuple[str, ...]) -> None:
    """Open the web app."""
    try:
        arguments = streamlit_arguments(port, address, browser)
    except (FileNotFoundError, LimitError) as error:
        raise click.ClickException(str(error)) from None
    # The process becomes the server, so that signals reach it.
    os.execv(sys.executable, [sys.executable, *arguments, *streamlit_flags])  # noqa: S606
