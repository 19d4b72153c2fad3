"""Values → YAML text that PyYAML reads back with the same value and type."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

from yaml.nodes import Node, ScalarNode
from yaml.reader import Reader
from yaml.resolver import Resolver

from pcdet_sched.config.errors import EditError
from pcdet_sched.config.reader import STR_TAG
from pcdet_sched.config.tree import walk
from pcdet_sched.language import _

BOOL_TAG = "tag:yaml.org,2002:bool"
_BOOLS = ("True False", "true false", "TRUE FALSE", "yes no", "Yes No", "YES NO", "on off", "On Off", "ON OFF")
_PAIRS = {word: (pair.split()[0], pair.split()[1]) for pair in _BOOLS for word in pair.split()}

# Plain without a second thought, in flow style too; everything else is quoted.
_PLAIN = re.compile(r"(?!(?:[yYnN]|---)$)(?:\.{0,2}/)?[^\W\d][\w./()+*-]*(?: [\w./()+*-]+)*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


@dataclass(frozen=True)
class Style:
    """How this file writes things: the quote round a string ("" where none is needed), the words for True and False."""

    quote: str = ""
    true: str = "True"
    false: str = "False"

    def like(self, node: Node) -> Style:
        """The style of the scalar that is replaced."""
        if not isinstance(node, ScalarNode):
            return self
        if node.tag == BOOL_TAG and node.value in _PAIRS:
            true, false = _PAIRS[node.value]
            return replace(self, true=true, false=false)
        return replace(self, quote=node.style) if node.style in ("'", '"') else self


def style_of(root: Node) -> Style:
    """The style of a file: its commonest words for True and False."""
    words = [node.value for node in walk(root) if isinstance(node, ScalarNode) and node.tag == BOOL_TAG]
    pairs = Counter(_PAIRS[word] for word in words if word in _PAIRS)
    true, false = pairs.most_common(1)[0][0] if pairs else ("True", "False")
    return Style(true=true, false=false)


def text_of(value: object, style: Style | None = None) -> str:
    """A value in one line, lists and mappings in flow style.

    >>> text_of([1e-07, 3, True, "adam", "1e-3", None])
    "[1.0e-07, 3, True, adam, '1e-3', null]"
    """
    style = style or Style()
    if isinstance(value, list):
        return "[" + ", ".join(text_of(part, style) for part in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text_of(key)}: {text_of(part, style)}" for key, part in value.items()) + "}"
    return _scalar(value, style)


def _scalar(value: object, style: Style) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return style.true if value else style.false
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return _string(value, style.quote)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    raise EditError(_("a value of type {name} cannot be written to YAML", name=type(value).__name__))


def _integer(value: int) -> str:
    try:
        return str(value)
    except ValueError as error:
        raise EditError(_("an integer of so many digits cannot be written")) from error


def _float(value: float) -> str:
    """YAML 1.1 wants a dot in the mantissa and a sign in the exponent, or it reads a string."""
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    mantissa, e, exponent = repr(value).partition("e")
    if not e:
        return mantissa
    mantissa = mantissa if "." in mantissa else mantissa + ".0"
    return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"


def _string(value: str, quote: str) -> str:
    single_line = not re.search("[\n\r\x85\u2028\u2029\ufeff]", value) and not Reader.NON_PRINTABLE.search(value)
    if not quote and _PLAIN.fullmatch(value) and _resolved(value) == STR_TAG:
        return value
    if single_line and quote != '"':
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if Reader.NON_PRINTABLE.match(char) or char in "\x85\u2028\u2029\ufeff":
        code = ord(char)
        return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    return char


@cache
def _resolver() -> Resolver:
    return Resolver()


def _resolved(value: str) -> str:
    return str(_resolver().resolve(ScalarNode, value, (True, False)))  # type: ignore[no-untyped-call]
