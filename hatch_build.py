"""Puts the app and the compiled catalogues into the wheel; an editable install runs the ones in the checkout."""

import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AppInWheel(BuildHookInterface):
    """`streamlit run app.py` wants app.py, pages/ and settings at the top, `pcdet-sched app` inside the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each build; `version` is "standard" or "editable"."""
        if version != "standard":
            return
        for path in ("app.py", "pages", ".streamlit/config.toml"):
            build_data["force_include"][path] = f"pcdet_sched/_app/{path}"
        for source in Path(self.root).glob("pcdet_sched/locale/*/LC_MESSAGES/*.po"):
            compiled = source.with_suffix(".mo").relative_to(self.root)
            build_data["force_include"][self._compile(source)] = str(compiled)

    def _compile(self, source: Path) -> str:
        with source.open("rb") as text, tempfile.NamedTemporaryFile(suffix=".mo", delete=False) as out:
            write_mo(out, read_po(text))
        return out.name
