"""When a checkout's code counts as doing what a known trainer does: each lr and momentum within 1e-12 of its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_CLOSE = 1e-12


def values(curve: pd.DataFrame) -> NDArray[np.float64]:
    """lr, momentum and the lr of the last parameter group, one row for each of a curve's."""
    last = curve["lr_2"] if "lr_2" in curve else curve["lr"]
    return np.column_stack([curve["lr"], curve["momentum"], last])


def apart(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows of two such arrays are not the same."""
    off: NDArray[np.bool_] = np.any(~np.isclose(ours, theirs, rtol=_CLOSE, atol=0.0, equal_nan=True), axis=1)
    return off
