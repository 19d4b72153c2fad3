"""Two texts → a unified diff."""

from __future__ import annotations

import difflib

_UNENDED = "\n\\ No newline at end of file\n"


def unified(before: str, after: str, name: str = "config.yaml") -> str:
    r"""A patch as `diff -U1` writes it; line ends are kept.

    >>> print(unified("a: 1\n", "a: 2\n"), end="")
    --- config.yaml
    +++ config.yaml
    @@ -1 +1 @@
    -a: 1
    +a: 2
    """
    lines = difflib.unified_diff(_lines(before), _lines(after), name, name, n=1)
    return "".join(line if line.endswith("\n") else line + _UNENDED for line in lines)


def _lines(text: str) -> list[str]:
    ended = [line + "\n" for line in text.split("\n")]
    ended[-1] = ended[-1][:-1]
    return ended if ended[-1] else ended[:-1]
