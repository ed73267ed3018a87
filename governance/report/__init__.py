"""What a reporter is. Every other module in this room is exactly one, and ends in ``REPORTER``."""

from collections.abc import Callable
from typing import NamedTuple

from governance.finding import Report


class Look(NamedTuple):
    """How a report is to look.

    Attributes:
        color: Whether escape sequences for colours may be used.
    """

    color: bool = False


class Reporter(NamedTuple):
    """One output format.

    Attributes:
        name: What ``--format`` calls it.
        summary: What it is for, in half a line.
        render: Makes the whole text, line breaks included, from a report.
    """

    name: str
    summary: str
    render: Callable[[Report, Look], str]
