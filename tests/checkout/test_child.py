"""What a checkout's code does to the process it runs in stays there, and what it needs too much of is said."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from pcdet_sched.checkout.result import CheckoutError
from pcdet_sched.checkout.run import Allowance
from pcdet_sched.checkout.simulate import simulate_checkout
from pcdet_sched.language import speaking
from tests.checkout.styles import BLOCK, OPTIMIZATION, PLAN, TRAIN_UTILS, as_config, write

BUILD = f"{OPTIMIZATION}/__init__.py"


def failure(folder: Path, style: str, limits: Allowance = Allowance()) -> str:  # noqa: B008 - frozen
    with pytest.raises(CheckoutError) as error:
        simulate_checkout(as_config(BLOCK), PLAN, write(folder, style), limits=limits)
    return str(error.value)


def test_an_unknown_import_is_named_with_its_line(tmp_path: Path) -> None:
    told = failure(tmp_path, "unknown import")
    assert told == (
        f"The checkout cannot be run: {BUILD}, line 1 imports a_package_of_the_cluster, which is not installed and has "
        "no stand-in."
    )


def test_what_the_process_tells_is_in_the_language_of_the_one_who_asked(tmp_path: Path) -> None:
    with speaking("zh_Hans"):
        assert failure(tmp_path, "unknown import").endswith(
            f"{BUILD}，第 1 行 导入 a_package_of_the_cluster，它没有安装，也没有替身。"
        )


@pytest.mark.slow
def test_an_unknown_import_of_the_loop_leaves_the_scheduler_alone_and_says_so(tmp_path: Path) -> None:
    run = simulate_checkout(as_config(BLOCK), PLAN, write(tmp_path, "unknown import in the loop"))
    assert run.checkout is not None
    assert run.checkout.loop == "scheduler"
    assert f"{TRAIN_UTILS}, line 1 imports a_package_of_the_cluster" in run.checkout.sentence
    assert run.checkout.same_as[0] == "master"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("sys.exit", f"The checkout cannot be run: {BUILD}, line 2 calls sys.exit(3)."),
        ("os._exit", "The checkout's code ends the process, with exit code 7 and without an answer."),
        ("no Python", f"The checkout cannot be run: {BUILD}, line 1, is no Python"),
    ],
)
def test_what_ends_the_process_is_said(style: str, told: str, tmp_path: Path) -> None:
    assert failure(tmp_path, style).startswith(told)


@pytest.mark.slow
def test_code_that_never_ends_is_ended(tmp_path: Path) -> None:
    told = failure(tmp_path, "never ends", Allowance(silent_seconds=8))
    assert told == "The checkout's code was ended: no progress in 8 s."


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit of memory needs /proc")
def test_code_that_eats_memory_is_ended(tmp_path: Path) -> None:
    told = failure(tmp_path, "eats memory", Allowance(megabytes=700))
    assert told == "The checkout cannot be run: it needs more than 700 MB of memory."


@pytest.mark.slow
@pytest.mark.parametrize("style", ["prints", "goes elsewhere"])
def test_printing_and_changing_folder_stay_in_the_process(
    style: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    here = Path.cwd()
    run = simulate_checkout(as_config(BLOCK), PLAN, write(tmp_path, style))
    assert run.checkout is not None
    assert run.checkout.same_as[0] == "master"
    assert Path.cwd() == here
    assert capfd.readouterr() == ("", "")


def test_a_run_names_its_files_by_hash_and_is_not_made_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path, "classic")
    first = simulate_checkout(as_config(BLOCK), PLAN, root)
    assert first.checkout is not None
    files = {file.path: file.sha256 for file in first.checkout.files}
    assert files[TRAIN_UTILS] == hashlib.sha256((root / TRAIN_UTILS).read_bytes()).hexdigest()
    assert BUILD in files
    assert not list(root.rglob("__pycache__")), "the checkout is left as it was"

    with monkeypatch.context() as patch:
        patch.setattr("subprocess.Popen", _never)
        again = simulate_checkout(as_config(BLOCK), PLAN, root)
        assert again.curve.equals(first.curve)
        with pytest.raises(AssertionError, match="a process"):
            simulate_checkout(as_config(BLOCK | {"LR": 0.005}), PLAN, root)
        (root / BUILD).write_text((root / BUILD).read_text(encoding="utf-8") + "\n", encoding="utf-8")
        with pytest.raises(AssertionError, match="a process"):
            simulate_checkout(as_config(BLOCK), PLAN, root)


def _never(command: list[str], **_: object) -> None:
    if "git" not in command:
        raise AssertionError("a process is started")
    raise OSError


@pytest.mark.slow
def test_a_run_names_the_commit_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    root = write(tmp_path, "classic")
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], [*author, "commit", "-qm", "first"]):
        subprocess.run(["git", "-C", root, *arguments], check=True, env=os.environ | {"HOME": str(tmp_path)})
    head = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout
    run = simulate_checkout(as_config(BLOCK), PLAN, root / "tools")
    assert run.checkout is not None
    assert (run.checkout.commit, run.checkout.changed) == (head.strip(), False)
    (root / BUILD).write_text((root / BUILD).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    changed = simulate_checkout(as_config(BLOCK), PLAN, root)
    assert changed.checkout is not None
    assert changed.checkout.changed
    assert f"{head[:12]} with changes" in changed.checkout.sentence


def test_a_folder_without_a_trainer_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(CheckoutError, match="defines build_optimizer and build_scheduler"):
        simulate_checkout(as_config(BLOCK), PLAN, tmp_path)
