"""Whatever comes in, a value or a ConfigError comes out; and what PyYAML reads is what is read."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

import pcdet_sched as ps
from pcdet_sched.config.values import same

SEEDS = [20240417, random.SystemRandom().randrange(2**32)]
CASES = 4_000
SAMPLES = [
    "OPTIMIZATION:\n  LR: &lr 0.003 # c\n  S:\n  - 35\n  - *lr\n  B: yes\n",
    "A: &a {LR: 1, M: [0.9, 0.8]}\nOPTIMIZATION:\n  <<: *a\n  X: 'q' # c\n",
    'OPTIMIZATION: {LR: 1.0e-3, 2001-12-14: 1:30, "q\\n": ~, .inf: 0x1F}\n',
    "---\nOPTIMIZATION:\n  ? LR\n  : |2-\n    lit\n  N: >\n    a\n\n    b\n...\n",
    "OPTIMIZATION:\r\n  L: !!str 1\r\n  D: 2001-12-14 21:59:43.10 -5\r\n  S: !!set {a, b}\r\n  O: !!omap [a: 1]\r\n",
]
BITS = [
    *"\n\r\t {}[],:#&*!|>'\"%@`?-=<~.0159eE+_\\\0\x85\u2028\ufeff\ud800\U0001f600",
    *("\r\n", "  ", ": ", "- ", "? ", "<<: ", "*a", "&a ", "---\n", "...\n", "%YAML 1.1\n", "<<<<<<< HEAD\n", "[[[["),
    *(
        "!!int ",
        "!!python/object:os.system ",
        "!!binary ",
        "!!timestamp ",
        "!!float ''",
        "2001-13-45",
        "0b",
        "0x",
        "1:60",
    ),
    *(".nan", "\\x", "\\ud800", "\\U00110000", "_BASE_CONFIG_: /etc/passwd\n", "OPTIMIZATION", "{a: {a: ", "9" * 400),
    *("1e", "{[a]: 1}"),
]


def mutated(rng: random.Random, samples: list[str]) -> str:
    text = rng.choice(samples)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        kind = rng.randrange(4)
        if kind == 0:
            text = text[:at] + rng.choice(BITS) + text[at:]
        elif kind == 1:
            text = text[:at] + rng.choice(BITS) + text[at + 1 :]
        elif kind == 2 and to - at < 40:
            text = text[:at] + text[to:]
        else:
            text = text[:to] + text[at : at + 30] + text[to:]
    return text


def load(text: str | bytes) -> ps.Config | None:
    try:
        return ps.load(text)
    except ps.ConfigError as error:
        if error.message and error.line and error.column:
            return None
        raise


def check(text: str) -> bool:
    """Whether the text was read; PyYAML's own verdict and values must be the same."""
    config = load(text)
    try:
        expected = yaml.safe_load(text)
    except Exception:  # noqa: BLE001  # the very leaks that must not come through
        assert config is None
        return False
    usable = isinstance(expected, dict) and isinstance(expected.get("OPTIMIZATION"), dict)
    if config is None:
        assert not usable or "\\ud8" in text.lower() or "&" in text, text
    else:
        assert usable
        assert same(config.document, expected)
        assert config.to_yaml() == text
    return config is not None


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS, ids=["fixed", "random"])
def test_damaged_samples_end_in_a_value_or_a_config_error(seed: int) -> None:
    print(f"seed {seed}")  # noqa: T201
    rng = random.Random(seed)
    read = sum(check(mutated(rng, SAMPLES)) for _ in range(CASES))
    assert CASES * 0.05 < read < CASES * 0.9


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS, ids=["fixed", "random"])
def test_damaged_slices_of_real_configs_end_in_a_value_or_a_config_error(seed: int, corpus: list[Path]) -> None:
    print(f"seed {seed}")  # noqa: T201
    rng = random.Random(seed)
    samples = []
    for path in rng.sample(corpus, 60):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        start = next(number for number, line in enumerate(lines) if line.startswith("OPTIMIZATION"))
        samples.append("".join(lines[start : start + 12]))
    for _ in range(1_000):
        check(mutated(rng, samples))


@pytest.mark.parametrize("seed", SEEDS, ids=["fixed", "random"])
def test_damaged_bytes_end_in_a_value_or_a_config_error(seed: int) -> None:
    print(f"seed {seed}")  # noqa: T201
    rng = random.Random(seed)
    for _ in range(1_000):
        data = bytearray(rng.choice(SAMPLES).encode())
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        config = load(bytes(data))
        assert config is None or config.to_yaml().encode() == bytes(data)
