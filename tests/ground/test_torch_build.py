"""Which build of torch pip is asked for, with stand-ins for PyPI and for PyTorch's index on this machine."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Event, Thread

import pytest
import yaml

PINNED, NEWER = "2.13.0", "2.14.1"
INDEX = "https://download.pytorch.org/whl/cpu"


def wheel(version: str) -> bytes:
    """A torch of that version, empty but for its name."""
    file = BytesIO()
    info = f"torch-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file.getvalue()


@dataclass
class Indexes:
    """PyPI under /simple, PyTorch's index under /whl/cpu, and what was downloaded from them."""

    url: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    downloads: list[str] = field(default_factory=list)
    gone: Event = field(default_factory=Event)

    def offer(self, folder: str, *versions: str) -> None:
        names = [f"torch-{version.replace('+', '%2B')}-py3-none-any.whl" for version in versions]
        self.pages[f"{folder}/torch/"] = "".join(f'<a href="{name}">{name}</a>\n' for name in names).encode()
        self.pages |= {f"{folder}/torch/{n}": wheel(v) for n, v in zip(names, versions, strict=True)}


@pytest.fixture
def indexes() -> Iterator[Indexes]:
    """Both offer the pinned and a newer torch; "+cpu" stands in the versions of the second."""
    state = Indexes()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/hangs/"):
                state.gone.wait(30)
                return
            page = state.pages.get(self.path)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/zip")
            self.end_headers()
            self.wfile.write(page or b"")
            if self.path.endswith(".whl"):
                state.downloads.append(self.path)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        state.offer("/simple", PINNED, NEWER)
        state.offer("/whl/cpu", f"{PINNED}+cpu", f"{NEWER}+cpu")
        state.offer("/old/cpu", "2.4.0+cpu")
        state.pages["/portal/torch/"] = b"<html>Please log in</html>"
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield state
        state.gone.set()
        server.shutdown()
        thread.join()


@dataclass
class Place:
    """A folder with the files that install torch, and programs that stand in for Python, pip and nvidia-smi."""

    folder: Path
    indexes: Indexes

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "TORCH"))}
        pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": f"{self.indexes.url}/simple", "PIP_NO_CACHE_DIR": "1"}
        return own | pip | {"PATH": f"{self.folder / 'programs'}:/usr/bin:/bin"}

    def program(self, name: str, script: str) -> Path:
        path = self.folder / "programs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def installed(self) -> list[str]:
        return [path.name.removesuffix(".dist-info") for path in (self.folder / "site").glob("*.dist-info")]


@pytest.fixture
def place(root: Path, tmp_path: Path, indexes: Indexes) -> Place:
    """pip is the real one; it installs into site, and of requirements.txt only the line with torch is left."""
    for name in ("Makefile", "Dockerfile", "scripts/torch_build.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    lines = (root / "requirements.txt").read_text().splitlines()
    (tmp_path / "requirements.txt").write_text("\n".join(line for line in lines if line.startswith("torch==")) + "\n")
    made = Place(tmp_path, indexes)
    pip = f"exec {sys.executable} -m pip \"$@\" --disable-pip-version-check --no-deps --target '{tmp_path}/site'"
    made.program("pip", pip)
    # -S hides the torch that this Python has.
    made.program(
        "python",
        f"""case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/streamlit" ;;
  "scripts/torch_build.py"*) exec {sys.executable} -I -S "$@" ;;
  *"-e ."*) ;;
  "-m pip "*) shift 2; exec '{tmp_path}/programs/pip' "$@" ;;
esac""",
    )
    return made


def make_run(place: Place, **variables: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "run", "PYTHON=python", *(f"{name}={value}" for name, value in variables.items())]
    return subprocess.run(command, cwd=place.folder, env=place.environment, capture_output=True, text=True, check=False)


def build_image(place: Place, **variables: str) -> subprocess.CompletedProcess[str]:
    """The Dockerfile's step that installs, with its arguments as an engine would set them."""
    text = (place.folder / "Dockerfile").read_text()
    arguments = dict(re.findall(r"^ARG (\w+)=(.*)$", text, re.MULTILINE)) | variables
    [step] = [step for step in re.findall(r"^RUN ((?:.*\\\n)*.*)$", text, re.MULTILINE) if "requirements.txt" in step]
    environment = place.environment | arguments
    return subprocess.run(
        ["sh", "-c", step], cwd=place.folder, env=environment, capture_output=True, text=True, check=False
    )


CPU, CUDA = f"torch {PINNED} for processors, about 0.2 GB", f"torch {PINNED} with CUDA, about 2.9 GB"
UNKNOWN = f"torch {PINNED} from where pip looks by itself"
DRIVER = 'echo "GPU 0: NVIDIA H100 (UUID: GPU-0)"'
NO_DRIVER = "echo 'NVIDIA-SMI has failed'; exit 9"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("install", "smi", "index", "took", "said"),
    [
        (make_run, NO_DRIVER, "/whl/cpu", f"{PINNED}+cpu", CPU),
        (make_run, DRIVER, "/whl/cpu", PINNED, CUDA),
        (make_run, NO_DRIVER, "/hangs", PINNED, UNKNOWN),
        (build_image, DRIVER, "/whl/cpu", f"{PINNED}+cpu", CPU),
    ],
    ids=["no driver", "driver", "index hangs", "image"],
)
def test_pip_takes_the_build_that_was_promised_before(
    place: Place, install, smi: str, index: str, took: str, said: str
) -> None:
    place.program("nvidia-smi", smi)
    done = install(place, TORCH_INDEX=place.indexes.url + index)
    assert done.returncode == 0, done.stderr
    assert said in done.stderr
    assert place.installed() == [f"torch-{took}"]
    [download] = place.indexes.downloads
    assert download.startswith("/whl/cpu/" if "+cpu" in took else "/simple/")


def answer(place: Place, **variables: str) -> tuple[str, str]:
    """What the script prints, and what it says."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", place.folder / "scripts" / "torch_build.py"],
        env=place.environment | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize(
    ("smi", "build", "said"),
    [
        (None, "", CPU),
        (NO_DRIVER, "auto", CPU),
        ("echo 'No devices were found'", "", CPU),
        (DRIVER, "", CUDA),
        (DRIVER, "cpu", CPU),
        (None, "cuda", CUDA),
    ],
)
def test_a_driver_decides_unless_TORCH_does(place: Place, smi: str | None, build: str, said: str) -> None:
    if smi:
        place.program("nvidia-smi", smi)
    index = f"{place.indexes.url}/whl/cpu"
    printed, spoken = answer(place, TORCH=build, TORCH_INDEX=index)
    assert said in spoken
    assert printed == (index if said == CPU else "")


@pytest.mark.parametrize("index", ["closed", "/hangs", "/portal", "/old/cpu", "/nothing", "no address"])
def test_where_the_index_does_not_offer_it_that_is_said_within_seconds(
    place: Place, index: str, free_port: int
) -> None:
    known = {"closed": f"http://127.0.0.1:{free_port}", "no address": "whl/cpu"}
    address = known.get(index, place.indexes.url + index)
    begun = time.monotonic()
    printed, spoken = answer(place, TORCH_INDEX=address)
    assert time.monotonic() - begun < 10
    assert printed == ""
    assert f"{UNKNOWN}: {address} did not offer" in spoken
    assert "with CUDA, about 2.9 GB" in spoken


def test_a_name_that_is_looked_up_for_ever_takes_no_longer(root: Path, tmp_path: Path) -> None:
    """The resolver's time-outs are its own, and longer."""
    (tmp_path / "slow.py").write_text(
        "import runpy, socket, sys, time\n"
        "socket.getaddrinfo = lambda *_, **__: time.sleep(60)\n"
        f"sys.argv = ['x']; runpy.run_path({str(root / 'scripts' / 'torch_build.py')!r}, run_name='__main__')\n"
    )
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-S", tmp_path / "slow.py"], env={"PATH": ""}, capture_output=True, text=True, check=True
    )
    assert UNKNOWN in done.stderr
    assert time.monotonic() - begun < 10


def test_a_build_of_another_name_is_refused_in_a_sentence(place: Place) -> None:
    done = make_run(place, TORCH="gpu")
    assert done.returncode != 0
    assert "TORCH is 'gpu', but must be auto, cpu or cuda." in done.stderr
    assert place.installed() == []


def test_what_is_installed_is_not_spoken_of(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, root / "scripts" / "torch_build.py"], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def asked_of_pip(place: Place, words: list[str]) -> list[str]:
    """What pip installs where PyTorch's index is the stand-in."""
    assert any(INDEX in word for word in words)
    stand_in = [word.replace(INDEX, f"{place.indexes.url}/whl/cpu") for word in words]
    subprocess.run([place.folder / "programs" / "pip", "install", *stand_in], env=place.environment, check=True)
    return place.installed()


@pytest.mark.slow
def test_the_hook_takes_the_verified_torch_for_processors(root: Path, place: Place) -> None:
    """pre-commit calls `pip install . ` with the words of additional_dependencies behind it."""
    [hook] = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text())
    assert hook["language"] == "python"
    assert asked_of_pip(place, hook["additional_dependencies"]) == [f"torch-{PINNED}+cpu"]


@pytest.mark.slow
def test_the_wheel_is_installed_as_the_guide_says_with_the_verified_torch_for_processors(
    root: Path, place: Place
) -> None:
    guide = (root / "docs" / "deployment.md").read_text()
    [line] = re.findall(r"^pip install (.*dist/.*\.whl)$", guide, re.MULTILINE)
    *words, file = shlex.split(line)
    assert file == "dist/pcdet_sched-*.whl"
    assert asked_of_pip(place, words) == [f"torch-{PINNED}+cpu"]


def test_the_pins_of_torch_are_one(root: Path) -> None:
    """In the requirements, the hook and the guide; the sizes were measured with this one."""
    texts = [root / name for name in ("requirements.txt", ".pre-commit-hooks.yaml", "docs/deployment.md")]
    assert {name.name: set(re.findall(r"torch==([\d.]+)", name.read_text())) for name in texts} == {
        name.name: {PINNED} for name in texts
    }
