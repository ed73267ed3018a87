"""YAML as a stream of events, by the C parser where there is one, else in pure Python."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import yaml
from yaml.reader import Reader

from governance.catalog.problem import Kind, NotReadableError, Problem
from governance.schema.json import Json

CPARSER: type | None
try:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs hide it

    CPARSER = CParser
except ImportError:  # PyYAML was built without libyaml.
    CPARSER = None

# What a parser's event holds depends on its kind, which the builder asks for by `type(event) is`:
# a checker can't follow that, and `isinstance` would cost a tenth of all reading.
Event: TypeAlias = Json


class Events(Protocol):
    """What the builder asks of a parser."""

    def get_event(self) -> Event:
        """Return the next event."""


# Characters that YAML forbids in a stream (YAML 1.2.2, section 5.1). We look for them ourselves,
# since the parser tells the place of one in bytes.
_FORBIDDEN = Reader.NON_PRINTABLE

_ADVICE = (
    (
        "mapping values are not allowed",
        "Put the text that holds ': ' in quotes, or check the indentation above.",
    ),
    ("expected <block end>", "Check the indentation of this line against its neighbours."),
    (
        "did not find expected key",
        "Check the indentation of this line and that the brackets above are closed.",
    ),
    (
        "did not find expected '-' indicator",
        "Check the indentation of this line against the list above.",
    ),
    (
        "could not find expected ':'",
        "Write a colon and a space after the key, or close the quotes above.",
    ),
    (
        "unexpected end of stream",
        "The file ends too early: close the quotes or brackets, or restore the missing rest.",
    ),
    ("did not find expected node content", "Write a value here, or close the brackets above."),
    ("found undefined alias", "Define the anchor before its alias, or write the value out."),
    (
        "cannot start any token",
        "Put the text in quotes: it starts with a character that has a meaning in YAML.",
    ),
)
TOO_DEEP_ADVICE = "Move inner parts to components and refer to them by $ref."
_TAB = "Indent with spaces: YAML allows no tab there."


def yaml_events(text: str) -> Events:
    """Return the parser of a text.

    Raises:
        NotReadableError: The text holds a character that YAML forbids.
    """
    found = _FORBIDDEN.search(text)
    if found:
        message = f"not YAML: the control character U+{ord(found[0]):04X} is not allowed"
        raise NotReadableError(
            Problem(Kind.SYNTAX, found.start(), found.end(), message, "Delete the character.")
        )
    parser: Events = pure_parser(text) if CPARSER is None else CPARSER(text)
    return parser


def pure_parser(text: str) -> Events:
    """Return the parser in pure Python: the same events, some 18 times slower."""
    from yaml.parser import Parser  # noqa: PLC0415  only where there is no other
    from yaml.scanner import Scanner  # noqa: PLC0415  likewise

    class PureParser(Reader, Scanner, Parser):
        def __init__(self) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

    return PureParser()


def syntax_problem(text: str, error: yaml.YAMLError) -> Problem:
    """Return what a parser's error says, with its place and advice."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = min(mark.index, len(text)) if mark is not None else 0
    reason = getattr(error, "problem", None) or "it can't be parsed"
    context = getattr(error, "context", None)
    advice = next(
        (help_ for sign, help_ in _ADVICE if sign in reason), "Mend the syntax at this place."
    )
    if text[at : at + 1] == "\t" or "'\\t'" in reason:
        advice = _TAB
    # Where the parser has a limit of its own, it meets it before the builder meets ours.
    if "maximum nesting depth" in reason:
        message = "values are nested more deeply than the parser reads"
        return Problem(Kind.TOO_DEEP, at, at + 1, message, TOO_DEEP_ADVICE)
    message = f"not YAML: {reason}" + (f" {context}" if context else "")
    return Problem(Kind.SYNTAX, at, at + 1, message, advice)
