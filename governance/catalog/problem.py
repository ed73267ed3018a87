"""What can be wrong with a file before anyone looks at what it says."""

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """The kinds of reading problems; each has one rule that reports it."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too large"
    NOT_UTF_8 = "not UTF-8"
    BYTE_ORDER_MARK = "byte order mark"
    SYNTAX = "syntax"
    SEVERAL_DOCUMENTS = "several documents"
    TOO_DEEP = "too deep"
    ALIAS = "alias"
    DUPLICATE_KEY = "duplicate key"
    AMBIGUOUS_SCALAR = "ambiguous scalar"
    LOST_ZERO = "lost zero"
    NOT_JSON = "not JSON"


class Problem(NamedTuple):
    """One reading problem.

    Attributes:
        kind: What sort of problem.
        start: Code point offset where it begins.
        end: Code point offset where it ends, exclusive.
        message: What is wrong.
        help: What to do about it.
    """

    kind: Kind
    start: int
    end: int
    message: str
    help: str


class NotReadableError(Exception):
    """A text can't be read any further.

    Args:
        problem: What stopped it.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
