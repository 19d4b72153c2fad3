"""Puts the app into the wheel; an editable install runs the one in the checkout."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AppInWheel(BuildHookInterface):
    """`streamlit run app.py` wants app.py, pages/ and settings at the top, `pcdet-sched app` inside the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each build; `version` is "standard" or "editable"."""
        if version == "standard":
            for path in ("app.py", "pages", ".streamlit/config.toml"):
                build_data["force_include"][path] = f"pcdet_sched/_app/{path}"
