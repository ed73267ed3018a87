"""What a reporter is. Every other module in this room is exactly one, and ends in ``REPORTER``."""

from collections.abc import Callable
from typing import NamedTuple

from governance.finding import Report, Severity


class Look(NamedTuple):
    """How a report is to look.

    Attributes:
        color: Whether escape sequences for colours may be used.
        fail_on: From which severity on a finding makes a run fail.
        room: How many bytes of UTF-8 a text may take that is cut to fit; by default what fits into
            a comment on a pull request, of which GitHub takes 65,536 characters.
    """

    color: bool = False
    fail_on: Severity = Severity.ERROR
    room: int = 65_000


class Reporter(NamedTuple):
    """One output format.

    Attributes:
        name: What ``--format`` and ``--report`` call it.
        summary: What it is for, in half a line.
        render: Makes the whole text, line breaks included, from a report.
    """

    name: str
    summary: str
    render: Callable[[Report, Look], str]
