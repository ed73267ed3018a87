"""What a teller is. Every other module here is exactly one, and ends in ``TELLER``."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from governance.compat.verdict import Comparison
from governance.report import Look


class Teller(NamedTuple):
    """One way to tell what became of a catalog.

    Attributes:
        name: What ``keb-govern diff --format`` calls it.
        summary: What it is for, in half a line.
        render: Makes the whole text, line breaks included, from a comparison.
    """

    name: str
    summary: str
    render: Callable[[Comparison, Look], str]
