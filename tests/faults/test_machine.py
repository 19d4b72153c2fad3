"""A full disk, a read-only file system, an upload that is far too large, a thousand damaged links."""

from __future__ import annotations

import json
import math
import os
import random
import resource
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.serving import Server, bare_environment, serve
from tests.support.sockets import Session

pytestmark = pytest.mark.slow
LINKS = 1000 if os.environ.get("CI") else 150

MODEL = "OPTIMIZATION:\n    BATCH_SIZE_PER_GPU: 4\n    NUM_EPOCHS: 80\n    OPTIMIZER: adam_onecycle\n    LR: 0.003\n"
MODEL += "    WEIGHT_DECAY: 0.01\n    MOMENTUM: 0.9\n    MOMS: [0.95, 0.85]\n    PCT_START: 0.4\n    DIV_FACTOR: 10\n"
MODEL += "    DECAY_STEP_LIST: [35, 45]\n    LR_DECAY: 0.1\n    LR_CLIP: 0.0000001\n    GRAD_NORM_CLIP: 10\n"


def full_disk() -> None:
    """No file may grow beyond 20 kB; the system then says so, as it does when a disk is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("where", ["a device", "a limit"])
def test_a_full_disk_ends_a_csv_in_one_sentence(tmp_path: Path, where: str) -> None:
    (tmp_path / "model.yaml").write_text(MODEL)
    target = "/dev/full" if where == "a device" else str(tmp_path / "rows.csv")
    done = subprocess.run(
        [sys.executable, "-m", "pcdet_sched", "simulate", "model.yaml", "--samples", "3712", "--csv", target],
        cwd=tmp_path, env=bare_environment(), capture_output=True, text=True, check=False, timeout=120,
        preexec_fn=full_disk if where == "a limit" else None,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "No space left" in done.stderr or "too large" in done.stderr


READ_ONLY = 'mount -t tmpfs none "$0" && mount -o remount,ro,bind / && exec "$@"'


def test_a_server_works_on_a_read_only_file_system(tmp_path: Path) -> None:
    """With a small temporary folder, as in a container that is started read-only."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    within = ["unshare", "--mount", "sh", "-c", READ_ONLY, str(temporary)]
    try:
        tried = subprocess.run([*within, "touch", "/written"], capture_output=True, check=False, timeout=20)
    except FileNotFoundError:
        pytest.skip("no unshare on this system")
    if b"Read-only" not in tried.stderr:
        pytest.skip("file systems can be mounted by root only")
    with serve(tmp_path, environment={"TMPDIR": str(temporary)}, within=within) as server, Session(server) as session:
        session.open()
        assert session.chart
        session.edit("LR", 0.004)
        assert session.errors == []


def test_a_server_works_without_a_home(tmp_path: Path) -> None:
    """Its HOME is a place where nobody can make a folder."""
    with serve(tmp_path, environment={"HOME": "/proc/self/nowhere"}) as server, Session(server) as session:
        session.open()
        assert session.chart
        assert session.errors == []


def put(server: Server, session: Session, megabytes: float) -> tuple[int, float]:
    """Upload that much, as a stranger with a script and a valid token can; the status and the server's peak in MB."""
    seen = [server.megabytes()]

    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.yaml"\r\n\r\n'
        for part in range(math.ceil(megabytes)):
            yield b"a" * round(1_000_000 * min(1.0, megabytes - part))
            seen.append(server.megabytes())
        yield b"\r\n--x--\r\n"

    with urllib.request.urlopen(f"{server.url}_stcore/health") as health:
        cookie = health.headers["Set-Cookie"].partition(";")[0]
    token = {"Cookie": cookie, "X-Xsrftoken": cookie.partition("=")[2]}
    request = urllib.request.Request(
        f"{server.url}_stcore/upload_file/{session.id}/0", data=body(), method="PUT",
        headers={"Content-Type": "multipart/form-data; boundary=x", "Transfer-Encoding": "chunked"} | token,
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status), max(seen)
    except urllib.error.HTTPError as error:
        return error.code, max(seen)
    except OSError:  # the server has hung up before all was sent
        return 413, max(seen)


def test_an_upload_of_100_MB_is_refused_and_not_kept(server: Server) -> None:
    with Session(server) as session:
        session.open()
        before = server.megabytes()
        assert put(server, session, 0.001)[0] == 204
        status, peak = put(server, session, 100)
        assert status == 413
        assert server.alive
        assert max(peak, server.megabytes()) < before + 40
        assert session.edit("LR", 0.004)


def damaged_links(count: int) -> list[str]:
    """Links cut short, with letters changed, with other things in them, and none at all like a link."""
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.share.link import Pin, Shared, encode

    dice = random.Random(7)
    good = encode(
        Shared(Pin("mine", {"LR": 0.003, "OPTIMIZER": "adam_onecycle"}, RunPlan(samples=3712)), "KITTI train")
    )
    made = []
    for number in range(count):
        place = dice.randrange(len(good))
        wrong = [
            good[:place],
            good[:place] + dice.choice("abcXYZ019-_") + good[place + 1 :],
            good[place:] + good[:place],
            dice.randbytes(dice.randrange(200)).hex(),
            json.dumps({"c": [number]}),
            good * 50,
        ]
        made.append(dice.choice(wrong))
    return made


def test_a_thousand_damaged_links_leave_the_server_as_it_was(tmp_path: Path) -> None:
    """Each in a session of its own, which leaves as soon as the page says something about the link, or draws."""
    with serve(tmp_path, "--server.disconnectedSessionTTL", "1") as server:
        with Session(server) as session:
            session.open()
        links = damaged_links(LINKS)
        before, refused = server.megabytes(), 0
        for link in links:
            with Session(server, f"s={urllib.parse.quote(link)}") as session:
                session.open(until=says_something)
                assert session.errors == []
                refused += any("link could not be opened" in text for text in session.texts)
        assert refused > 0.5 * LINKS
        with Session(server) as session:
            session.open()
            assert session.chart
        assert server.megabytes() < before + 100
        assert "Traceback" not in server.text


def says_something(session: Session) -> bool:
    return bool(session.chart) or any("ps-callout" in text for text in session.texts)
