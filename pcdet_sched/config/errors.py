"""What reading and writing a file may raise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Position:
    """A place in the text; the line and the column count from 1, the column in characters."""

    line: int
    column: int


class ConfigError(ValueError):
    """The text is no file that the trainer could read: `message`, and where known `line` and `column` from 1.

    >>> error = ConfigError("the file is empty", Position(1, 1))
    >>> str(error), error.line
    ('line 1, column 1: the file is empty', 1)
    """

    def __init__(self, message: str, position: Position | None = None) -> None:
        super().__init__(message, position)
        self.message = message
        self.line = position.line if position else None
        self.column = position.column if position else None

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}, column {self.column}: {self.message}"


class EditError(ValueError):
    """An edit that cannot be written into the file so that it reads back as meant; nothing is handed out."""
