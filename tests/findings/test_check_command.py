"""`pcdet-sched check`: what it prints and how it exits."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from pcdet_sched.cli import main
from pcdet_sched.findings import CODES
from tests.samples import LEAST

BAD = LEAST.replace("0.003", "3e-3")
DOUBTFUL = LEAST.replace("[0.95, 0.85]", "[0.85, 0.95]")


def check(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of four files, of which one holds no block; it is the working folder."""
    monkeypatch.chdir(tmp_path)
    models = tmp_path / "cfgs" / "kitti_models"
    models.mkdir(parents=True)
    texts = {
        "good.yaml": LEAST,
        "bad.yml": BAD,
        "doubtful.yaml": DOUBTFUL,
        "data.yaml": "DATASET: x\n",
        "notes.txt": BAD,
    }
    for name, text in texts.items():
        (models / name).write_text(text)
    return models


@pytest.mark.parametrize(
    ("name", "flags", "status"),
    [
        ("good.yaml", [], 0),
        ("good.yaml", ["--strict"], 0),
        ("doubtful.yaml", [], 0),
        ("doubtful.yaml", ["--strict"], 1),
        ("bad.yml", [], 1),
        ("data.yaml", [], 2),
        ("notes.txt", [], 1),
        ("absent.yaml", [], 2),
        ("good.yaml", ["--gpus", "0"], 2),
        ("good.yaml", ["--gpus", "3", "--batch-size", "4"], 1),
        ("good.yaml", ["--block", "NONE"], 2),
    ],
)
def test_the_exit_status_is_0_without_errors_1_with_and_2_for_what_cannot_be_read(
    folder: Path, name: str, flags: list[str], status: int
) -> None:
    assert check(folder / name, *flags).exit_code == status


def test_text_leads_an_editor_to_line_and_column(folder: Path) -> None:
    result = check("cfgs/kitti_models/bad.yml")
    first, fix = result.stdout.splitlines()[:2]
    assert re.fullmatch(r"cfgs/kitti_models/bad\.yml:5:5: error\[text-for-number\] `LR: 3e-3` is a string .*", first)
    assert fix == "    fix: LR: 0.003"
    assert "Stops in stage build_scheduler" in result.stderr


@pytest.mark.parametrize("name", ["cfgs", "cfgs/**/*.y*ml", "cfgs/kitti_models/*"])
def test_folders_and_globs_leave_out_what_has_no_block(folder: Path, name: str) -> None:
    result = check(name)
    assert {line.split(":")[0].rpartition("/")[2] for line in result.stdout.splitlines() if line[0] != " "} >= {
        "bad.yml",
        "doubtful.yaml",
    }
    assert "data.yaml: no OPTIMIZATION block, left out" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"{A: 1, ", b"{", b"{A: 1,\n"])
def test_a_block_behind_a_byte_order_mark_or_in_flow_style_is_not_left_out(tmp_path: Path, start: bytes) -> None:
    end = b"}" if start.startswith(b"{") else b""
    (tmp_path / "model.yaml").write_bytes(start + b"OPTIMIZATION: {OPTIMIZER: adam}" + end)
    assert "1 file:" in check(tmp_path).stderr


@pytest.mark.parametrize("name", ["empty", "empty/*", "cfgs/kitti_models/d*a.yaml", "notes"])
def test_a_folder_or_glob_without_any_config_is_a_fault_of_the_call(folder: Path, name: str) -> None:
    """A wrong path in a CI job must not pass."""
    (folder.parents[1] / "empty" / "sub").mkdir(parents=True)
    (folder.parents[1] / "notes").mkdir()
    (folder.parents[1] / "notes" / "notes.yaml").write_text("A: 1\n")
    result = check(name)
    assert result.exit_code == 2
    assert f"no YAML file with an OPTIMIZATION block in '{name}'" in result.stderr
    assert result.stdout == ""


def test_a_hook_whose_files_are_all_unrelated_passes(folder: Path) -> None:
    result = check(folder / "data.yaml", "--skip-unrelated")
    assert (result.exit_code, "0 files:" in result.stderr) == (0, True)


def test_options_are_spelled_as_the_trainers_too(folder: Path) -> None:
    result = check(folder / "good.yaml", "--batch_size", 9, "--gpus", 2)
    assert "error[batch-size-not-divisible]" in result.stdout


def test_a_file_named_twice_is_checked_once(folder: Path) -> None:
    assert "1 file:" in check(folder / "good.yaml", folder / "good.yaml").stderr


def test_a_broken_file_does_not_hide_the_others(folder: Path) -> None:
    (folder / "conflict.yaml").write_text(LEAST + "<<<<<<< HEAD\n")
    result = check(folder)
    assert result.exit_code == 2
    assert "conflict.yaml:12:1: error[unreadable-file]" in result.stdout
    assert "error[text-for-number]" in result.stdout


def test_control_characters_of_a_file_do_not_reach_the_terminal(folder: Path) -> None:
    (folder / "evil.yaml").write_text(
        LEAST.replace("0.003", '"\\e[31mx\\a"').replace("    MOMS", '    "MOMS\\e[2J": 1\n    MOMS')
    )
    for style in ("text", "github"):
        output = check(folder / "evil.yaml", "--format", style).stdout
        assert "error" in output
        assert all(char.isprintable() or char == "\n" for char in output)


def test_json_says_all_that_the_text_says(folder: Path) -> None:
    answer = json.loads(check(folder, "--format", "json").stdout)
    files = {Path(entry["file"]).name: entry for entry in answer["files"]}
    assert set(files) == {"good.yaml", "bad.yml", "doubtful.yaml"}
    assert answer["summary"]["errors"] == 1
    assert answer["summary"]["warnings"] == 1
    bad = files["bad.yml"]
    assert bad["crash"]["exception"] == "TypeError"
    assert (bad["dataset"], bad["plan"]["samples"]) == ("KITTI train", 3712)
    error = bad["findings"][0]
    assert {key: error[key] for key in ("severity", "code", "key", "line", "value", "fix")} == {
        "severity": "error",
        "code": "text-for-number",
        "key": "LR",
        "line": 5,
        "value": "3e-3",
        "fix": {"LR": 0.003},
    }
    assert files["good.yaml"]["verdict"] == "Trains on master."


def test_json_is_valid_where_values_are_not_finite(folder: Path) -> None:
    (folder / "inf.yaml").write_text(LEAST.replace("0.4", ".inf"))
    answer = json.loads(check(folder / "inf.yaml", "--format", "json").stdout, parse_constant=pytest.fail)
    assert answer["files"][0]["findings"][0]["value"] == "inf"


TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
REGION = {
    "type": "object",
    "required": ["startLine", "startColumn"],
    "properties": {name: {"type": "integer", "minimum": 1} for name in ("startLine", "startColumn")},
}
RULE = {
    "type": "object",
    "required": ["id", "shortDescription", "fullDescription", "help", "defaultConfiguration"],
    "properties": {"shortDescription": TEXT, "fullDescription": TEXT, "help": TEXT},
}
PLACE = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "properties": {
        "artifactLocation": {"type": "object", "required": ["uri"], "properties": {"uri": {"pattern": r"^[^\s\\]+$"}}},
        "region": REGION,
    },
}
RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
    "properties": {
        "level": LEVEL,
        "message": TEXT,
        "locations": {"minItems": 1, "items": {"properties": {"physicalLocation": PLACE}}},
    },
}
# The parts of the SARIF 2.1.0 schema that code scanning asks for.
SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "minItems": 1,
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {"required": ["name", "rules"], "properties": {"rules": {"items": RULE}}}
                        },
                    },
                    "results": {"items": RESULT},
                },
            },
        },
    },
}


def test_sarif_has_what_code_scanning_needs(folder: Path) -> None:
    folder.rename(folder.with_name("my models"))
    log: Any = json.loads(check("cfgs", "--format", "sarif").stdout)
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == list(CODES)
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}
    assert "cfgs/my%20models/bad.yml" in uris
    assert {result["level"] for result in run["results"]} == {"error", "warning", "note"}


def test_sarif_rules_help_in_plain_text_and_in_markdown(folder: Path) -> None:
    """Code scanning shows help.markdown, and reports a rule without help (GH2012)."""
    (run,) = json.loads(check("cfgs", "--format", "sarif").stdout)["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        code = CODES[rule["id"]]
        assert code.explanation in rule["help"]["text"]
        assert code.title in rule["help"]["markdown"]
        assert code.explanation in rule["help"]["markdown"]


@pytest.mark.parametrize("style", ["text", "json", "sarif", "github"])
def test_every_format_gives_each_finding_the_line_of_its_key(folder: Path, style: str) -> None:
    """Lines and columns of the file as an editor counts them, from 1."""
    lines = ["# a comment", *BAD.replace("PCT_START: 0.4", "PCT_START: '0.4'").splitlines()]
    (folder / "bad.yml").write_text("\n".join(lines))
    output = check(folder / "bad.yml", "--format", style).stdout
    match style:
        case "text":
            places = re.findall(r"bad\.yml:(\d+):(\d+): error", output)
        case "github":
            places = re.findall(r"::error file=.*,line=(\d+),col=(\d+),", output)
        case "json":
            (entry,) = json.loads(output)["files"]
            places = [(found["line"], found["column"]) for found in entry["findings"] if found["severity"] == "error"]
        case "sarif":
            results = [result for result in json.loads(output)["runs"][0]["results"] if result["level"] == "error"]
            regions = [result["locations"][0]["physicalLocation"]["region"] for result in results]
            places = [(region["startLine"], region["startColumn"]) for region in regions]
    written = [lines[int(line) - 1][int(column) - 1 :] for line, column in places]
    assert written == ["LR: 3e-3", "PCT_START: '0.4'"]


def test_github_commands_are_one_line_each_with_escapes(folder: Path) -> None:
    (folder / "a,b:100%.yaml").write_text(BAD)
    output = check("cfgs/kitti_models/a,b:100%.yaml", "--format", "github").stdout
    first = output.splitlines()[0]
    assert first.startswith(
        "::error file=cfgs/kitti_models/a%2Cb%3A100%25.yaml,line=5,col=5,title=text-for-number::`LR: 3e-3`"
    )
    assert all(re.match(r"::(error|warning|notice) file=[^:]*::", line) for line in output.splitlines())


@pytest.mark.parametrize(
    ("place", "data", "samples"),
    [
        ("waymo_models", "", 31617),
        ("elsewhere", "DATA_CONFIG: {_BASE_CONFIG_: cfgs/dataset_configs/once_dataset.yaml}\n", 4961),
        ("elsewhere", "", 3712),
        ("custom_models", "", 3712),
    ],
)
def test_samples_are_those_of_the_data_set_unless_given(tmp_path: Path, place: str, data: str, samples: int) -> None:
    path = tmp_path / place / "model.yaml"
    path.parent.mkdir()
    path.write_text(data + LEAST)
    (entry,) = json.loads(check(path, "--format", "json").stdout)["files"]
    assert entry["plan"]["samples"] == samples
    (entry,) = json.loads(check(path, "--format", "json", "--samples", 100).stdout)["files"]
    assert (entry["plan"]["samples"], entry["dataset"]) == (100, None)


@pytest.mark.slow
def test_the_hook_runs_as_pre_commit_would_run_it(request: pytest.FixtureRequest, folder: Path) -> None:
    """Its entry with the staged files that match, as arguments, from the top of the repository."""
    (hook,) = yaml.safe_load((request.config.rootpath / ".pre-commit-hooks.yaml").read_text())
    assert {"id", "name", "entry", "language"} <= set(hook)
    top = folder.parents[1]
    staged = sorted(str(path.relative_to(top)) for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    assert (hook["types"], len(staged)) == (["yaml"], 4)
    program, *arguments = shlex.split(hook["entry"])
    assert program == "pcdet-sched"
    command = [sys.executable, "-m", "pcdet_sched", *arguments]
    environment = {"PYTHONPATH": str(request.config.rootpath), "PATH": "/usr/bin:/bin"}
    failed = subprocess.run([*command, *staged], cwd=top, env=environment, capture_output=True, text=True, check=False)
    assert failed.returncode == 1, failed.stderr
    assert "bad.yml:5:5: error[text-for-number]" in failed.stdout
    (folder / "bad.yml").write_text(LEAST)
    passed = subprocess.run([*command, *staged], cwd=top, env=environment, capture_output=True, text=True, check=False)
    assert passed.returncode == 0, passed.stderr


@pytest.mark.slow
def test_58_files_take_little_processor_time_import_included(shared: Path, request: pytest.FixtureRequest) -> None:
    """Processor time, which a busy machine stretches less than the clock; with room before it fails."""
    code = "import time, sys, pcdet_sched.cli as c\ntry: c.main()\nfinally: print(time.process_time(), file=sys.stderr)"
    command = [sys.executable, "-c", code, "check", str(shared / "corpus" / "openpcdet")]
    done = subprocess.run(command, cwd=request.config.rootpath, capture_output=True, text=True, check=True)
    assert "58 files: 0 errors, 0 warnings" in done.stderr
    assert float(done.stderr.splitlines()[-1]) < 6
