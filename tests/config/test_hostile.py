"""Hostile input gets one clear error with a place, soon and in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import pcdet_sched as ps

ALIASES = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefghij", "bcdefghijk", strict=True)
)
MERGES = "a: &a {x: 1, y: 2}\n" + "".join(
    f"{new}: &{new} {{<<: [{','.join([f'*{old}'] * 9)}]}}\n"
    for old, new in zip("abcdefghij", "bcdefghijk", strict=True)
)
CHAIN = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2000))
OPT = "OPTIMIZATION: {LR: 1}\n"
# What is refused, and a word of the reason.
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "an alias bomb": (ALIASES + OPT, "aliases"),
    "a merge bomb": (MERGES + OPT, "aliases"),
    "a chain of aliases": (CHAIN + OPT, "deep"),
    "an alias to itself": ("OPTIMIZATION: &o {A: [*o]}", "holds it"),
    "a megabyte of brackets": ("[" * 10**6, "1,000,000 characters"),
    "brackets": ("[" * 200_000, "deep"),
    "dashes": ("- " * 100_000, "deep"),
    "braces": ("OPTIMIZATION: " + "{a: " * 60_000, "deep"),
    "ten thousand nested mappings": ("".join(" " * n + "a:\n" for n in range(10_000)), "characters"),
    "nested mappings": ("".join(" " * n + "a:\n" for n in range(700)), "deep"),
    "a megabyte of scalar": ("OPTIMIZATION: {LR: " + "a" * 10**6 + "}", "characters"),
    "a list of a hundred thousand": ("OPTIMIZATION: {S: [" + "1," * 100_000 + "]}", "10,000 values"),
    "keys with one hash": (
        "OPTIMIZATION: {" + "".join(f"{n * (2**61 - 1)}: 1," for n in range(4900)) + "}",
        "not strings",
    ),
    "sexagesimal digits": ("OPTIMIZATION: {LR: 1" + ":59" * 80_000 + "}", "digits"),
    "too many digits": ("OPTIMIZATION: {LR: " + "9" * 200_000 + "}", "digits"),
    "too many hexadecimal digits": ("OPTIMIZATION: {LR: 0x" + "f" * 4_000 + "}", "digits"),
    "a YAML version of many digits": ("%YAML 1." + "1" * 5000 + "\n---\n" + OPT, "ValueError"),
    "a Python object": ("OPTIMIZATION: !!python/object:os.system {}", "python/object"),
    "a Python call": ("OPTIMIZATION: {LR: !!python/object/apply:os.system [ls]}", "python/object"),
    "an unknown tag": ("OPTIMIZATION: {LR: !mine 1}", "!mine"),
    "several documents": (OPT + "---\n" + OPT, "second YAML document"),
    "merge markers": ("OPTIMIZATION:\n<<<<<<< HEAD\n  LR: 1\n=======\n  LR: 2\n>>>>>>> other\n", "merge conflict"),
    "a tab": ("OPTIMIZATION:\n\tLR: 1\n", "tab"),
    "a NUL": ("OPTIMIZATION: {LR: \0}", "U+0000"),
    "UTF-16": (OPT.encode("utf-16"), "UTF-16"),
    "UTF-32": (OPT.encode("utf-32"), "UTF-32"),
    "UTF-16 without a mark": (OPT.encode("utf-16-le"), "U+0000"),
    "invalid UTF-8": (b"OPTIMIZATION:\r\n  LR: \xff1\n", "0xff"),
    "a lone surrogate": ("OPTIMIZATION: {LR: \ud800}", "U+D800"),
    "a lone surrogate, escaped": ('OPTIMIZATION: {LR: "\\ud800"}', "surrogate"),
    "a character beyond Unicode": ('OPTIMIZATION: {LR: "\\UFFFFFFFF"}', "stops here"),
    "keys that are lists": ("OPTIMIZATION: {[1, 2]: 3}", "unhashable"),
    "a date that is none": ("OPTIMIZATION: {LR: 2001-13-45}", "date"),
    "an integer that is none": ("OPTIMIZATION: {LR: !!int abc}", "int"),
    "an empty integer": ("OPTIMIZATION: {LR: !!int ''}", "int"),
    "a bool that is none": ("OPTIMIZATION: {LR: !!bool maybe}", "bool"),
    "a timestamp that is none": ("OPTIMIZATION: {LR: !!timestamp soon}", "date"),
    "binary that is none": ("OPTIMIZATION: {LR: !!binary é}", "base64"),
    "a float that is too large in base 60": ("OPTIMIZATION: {LR: 1" + ":59" * 400 + ".5}", "float"),
    "nothing": ("", "empty"),
    "only a comment": ("# nothing\n", "empty"),
    "a list": ("- 1", "list"),
    "a number": ("12", "mapping"),
    "no OPTIMIZATION": ("OPTIMISATION: {LR: 1}", "did you mean OPTIMISATION"),
    "an empty OPTIMIZATION": ("A: 1\nOPTIMIZATION:\n", "empty"),
    "an OPTIMIZATION that is a list": ("OPTIMIZATION: [1]", "list"),
    "an undefined alias": ("OPTIMIZATION: {LR: *lr}", "undefined alias"),
    "a merge of a number": ("OPTIMIZATION: {<<: 1}", "merging"),
}
READ = {
    "a long integer": ("OPTIMIZATION: {LR: " + "9" * 400 + "}", "LR", int("9" * 400)),
    "an infinite number": ("OPTIMIZATION: {LR: .inf}", "LR", float("inf")),
    "a base that is never opened": ("_BASE_CONFIG_: /etc/passwd\n" + OPT, "LR", 1),
    "keys that are not strings": ("OPTIMIZATION: {S: {1: 2, 2001-01-01: 3}}", "S", None),
    "a long scalar": ("OPTIMIZATION: {LR: " + "a" * 200_000 + "}", "LR", "a" * 200_000),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_input_is_one_error_with_a_place(name: str) -> None:
    text, word = REFUSED[name]
    with pytest.raises(ps.ConfigError) as caught:
        ps.load(text)
    error = caught.value
    assert word in error.message
    assert len(error.message) < 300
    assert "\n" not in error.message
    assert error.line is not None
    assert error.column is not None
    assert str(error).startswith(f"line {error.line}, column {error.column}: ")


@pytest.mark.parametrize("name", READ)
def test_odd_input_that_the_trainer_reads_is_read(name: str) -> None:
    text, key, value = READ[name]
    config = ps.load(text)
    assert value is None or config.optimization[key] == value
    assert config.to_yaml() == text


def test_the_place_of_an_error_is_where_it_is() -> None:
    for text, line, column in [
        (b"OPTIMIZATION:\r\n  LR: \xff1\n", 2, 7),
        ("OPTIMIZATION:\n  LR: 1\n\tX: 2\n", 3, 1),
        ("A: 1\n---\nB: 2\n", 2, 1),
        ("OPTIMIZATION:\n  LR: 2001-13-45\n", 2, 7),
        ("A: 1\nOPTIMIZATION: 3\n", 2, 15),
        ("OPTIMIZATION:\n  A: 1\n<<<<<<< HEAD\n  LR: 1\n", 3, 1),
        ("学: 1\nOPTIMIZATION: {学: \0}", 2, 19),
    ]:
        with pytest.raises(ps.ConfigError) as caught:
            ps.load(text)
        assert (caught.value.line, caught.value.column) == (line, column)


def test_a_base_config_is_reported_and_never_opened(tmp_path: Path) -> None:
    text = f"_BASE_CONFIG_: {tmp_path}/none.yaml\nD: {{_BASE_CONFIG_: /etc/passwd}}\nOPTIMIZATION: {{LR: 1}}\n"
    config = ps.load(text)
    assert [(name, place.line) for name, place in config.bases] == [(f"{tmp_path}/none.yaml", 1), ("/etc/passwd", 2)]


MEASURE = """
import json, resource, sys, time
import pcdet_sched as ps
ps.load("OPTIMIZATION: {}")
text = json.loads(sys.stdin.read())
size = lambda: int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
before, at_rest = resource.getrusage(resource.RUSAGE_SELF), size()
try:
    ps.load(text).duplicates
except ps.ConfigError:
    pass
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, size() - at_rest)
"""
HEAVY = [
    "an alias bomb",
    "a merge bomb",
    "a megabyte of brackets",
    "ten thousand nested mappings",
    "a megabyte of scalar",
    "a list of a hundred thousand",
    "keys with one hash",
    "sexagesimal digits",
]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux's /proc")
@pytest.mark.parametrize("name", [*HEAVY, "the longest list", "line breaks"])
def test_hostile_input_takes_less_than_a_second_and_200_megabytes(name: str) -> None:
    own = {"the longest list": "OPTIMIZATION: {S: [" + "1,\n" * 9_900 + "]}", "line breaks": OPT + "\n" * 250_000}
    text = own[name] if name in own else REFUSED[name][0]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], input=json.dumps(text), capture_output=True, text=True, check=True, timeout=60
    )
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 1  # of processor time, whatever else the machine does
    assert megabytes < 200


def test_one_variable_opens_the_door_for_a_longer_file(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "OPTIMIZATION: {LR: 1}\n" + "#" * 300_000
    with pytest.raises(ps.ConfigError, match=r"300,022 characters; more than 262,144 .*PCDET_SCHED_MAX_YAML_CHARS"):
        ps.load(text)
    monkeypatch.setenv("PCDET_SCHED_MAX_YAML_CHARS", "400000")
    assert ps.load(text).to_yaml() == text


def test_a_wider_door_lets_more_values_in(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "OPTIMIZATION: {S: [" + "1," * 12_000 + "]}"
    with pytest.raises(ps.ConfigError, match="10,000 values"):
        ps.load(text)
    monkeypatch.setenv("PCDET_SCHED_MAX_YAML_CHARS", "600000")
    assert len(ps.load(text).optimization["S"]) == 12_000


def test_a_variable_that_cannot_be_used_is_a_config_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCDET_SCHED_MAX_YAML_CHARS", "many")
    with pytest.raises(ps.ConfigError, match="MAX_YAML_CHARS is 'many'"):
        ps.load(OPT)
