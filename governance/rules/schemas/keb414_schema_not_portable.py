"""KEB414: a schema says something that validators read differently."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from governance.catalog.document import Place
from governance.catalog.tree import Node, SchemaTree
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, closest, each_tree
from governance.schema.dialect import DRAFT_04, DRAFT_06, DRAFT_07, OPENAPI_30, Dialect
from governance.schema.json import Json, as_list, as_object, shown
from governance.schema.pattern import quoted
from governance.schema.pointer import escape
from governance.schema.portability import disagreements

_SAFE = 2**53 - 1
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_PARTS = {10: "tenths", 100: "hundredths", 1000: "thousandths"}
# What jsonschema-rs and, with its extra "format", Python's jsonschema check.
_FORMATS = frozenset(
    "date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference"
    " iri iri-reference uri-template uuid json-pointer relative-json-pointer regex".split()
)
_LATER = {
    DRAFT_07: frozenset({"duration", "uuid"}),
    DRAFT_06: frozenset(
        "duration uuid date time idn-email idn-hostname iri iri-reference "
        "relative-json-pointer regex".split()
    ),
    DRAFT_04: frozenset(_FORMATS - set("date-time email hostname ipv4 ipv6 uri".split())),
}
_OPENAPI = frozenset("int32 int64 float double byte binary password".split())
_MEANT = {
    **dict.fromkeys(("datetime", "timestamp", "iso8601", "rfc3339"), "date-time"),
    **dict.fromkeys(("url", "link"), "uri"),
    **dict.fromkeys(("guid", "uuid4", "uuidv4"), "uuid"),
    **dict.fromkeys(("ip", "ip-address"), "ipv4"),
    **dict.fromkeys(("host", "host-name", "domain", "fqdn"), "hostname"),
    **dict.fromkeys(("mail", "e-mail"), "email"),
    **dict.fromkeys(("pattern", "regexp"), "regex"),
}
_INSTEAD = {
    "int32": "Write `minimum: -2147483648` and `maximum: 2147483647`.",
    "int64": "Leave it out: `type: integer` has no size, and JavaScript is exact up to 2^53 - 1.",
    "float": "Leave it out: `type: number` has no precision.",
    "double": "Leave it out: `type: number` has no precision.",
    "byte": "Write `contentEncoding: base64`.",
    "binary": "Write `contentEncoding: base64`.",
    "password": "Leave it out, and keep secrets out of events.",
}


def _check(tree: SchemaTree, context: Context) -> Iterator[Complaint]:
    for node in tree.having("pattern", "patternProperties"):
        yield from _patterns(node)
    known = _known(tree.dialect, context.config.formats)
    for node in tree.having("format"):
        name = node.schema["format"]
        if isinstance(name, str) and name not in known:
            yield _format(node, name, tree.dialect, known)
    for node in tree.having("multipleOf"):
        yield from _multiple(node)
    yield from _numbers(tree)


def _numbers(tree: SchemaTree) -> Iterator[Complaint]:
    for keyword in (*_BOUNDS, "const"):
        for node in tree.having(keyword):
            if _is_inexact(node.schema[keyword]):
                yield _inexact(node.at(f"/{keyword}"), keyword, node.schema[keyword])
    for node in tree.having("enum"):
        for number, value in enumerate(as_list(node.schema["enum"])):
            if _is_inexact(value):
                yield _inexact(node.at(f"/enum/{number}"), "enum", value)


def _patterns(node: Node) -> Iterator[Complaint]:
    pattern = node.schema.get("pattern")
    if isinstance(pattern, str):
        yield from _pattern(node.at("/pattern"), pattern, names=False)
    if "patternProperties" in node.tree.dialect.keywords:
        for key in as_object(node.schema.get("patternProperties")):
            place = node.at(f"/patternProperties/{escape(key)}", on_key=True)
            yield from _pattern(place, key, names=True)


def _pattern(place: Place, pattern: str, *, names: bool) -> Iterator[Complaint]:
    for found in disagreements(pattern, names=names):
        yield Complaint(place, f"the pattern {quoted(pattern)}: {found.message}", found.help)


@lru_cache
def _known(dialect: Dialect, further: tuple[str, ...]) -> frozenset[str]:
    known = _FORMATS - _LATER.get(dialect, frozenset())
    return known.union(further, _OPENAPI if dialect is OPENAPI_30 else ())


def _format(node: Node, name: str, dialect: Dialect, known: frozenset[str]) -> Complaint:
    if name in _FORMATS:
        message = f"{dialect.name} does not know the format {name!r}: some validators ignore it"
        help_ = "Drop the `$schema` of an older draft, or write a `pattern`."
        return Complaint(node.at("/format"), message, help_)
    message = f"the format {shown(name)} is none that validators agree on: most ignore it"
    return Complaint(node.at("/format"), message, _instead(name, known))


def _instead(name: str, known: frozenset[str]) -> str:
    if name in _INSTEAD:
        return _INSTEAD[name]
    meant = _MEANT.get(name.lower().replace("_", "-")) or closest(name, known)
    if meant:
        return f"Write `format: {meant}`."
    return "Write a `pattern`, or list it under `formats` in the settings if both ends check it."


def _multiple(node: Node) -> Iterator[Complaint]:
    step = node.schema["multipleOf"]
    from fractions import Fraction  # noqa: PLC0415  few schemas have a multipleOf

    # What binary fractions hold exactly, such as 0.25, is the same everywhere.
    if not isinstance(step, float) or Fraction(step) == Fraction(repr(step)):
        return
    part = Fraction(repr(step))
    named = _PARTS.get(part.denominator) if part.numerator == 1 else None
    unit = f"in {named}" if named else "in its smallest unit"
    message = f"validators disagree on which numbers are a multiple of {step}"
    help_ = f"Send it as `type: integer`, {unit}, and drop `multipleOf`."
    yield Complaint(node.at("/multipleOf"), message, help_)


def _is_inexact(value: Json) -> bool:
    return type(value) is int and not -_SAFE <= value <= _SAFE


def _inexact(place: Place, keyword: str, value: int) -> Complaint:
    message = f"`{keyword}` has {shown(value)}, which is beyond what JavaScript holds exactly"
    help_ = f"Stay within ±{_SAFE}, or send the number as a text with a `pattern`."
    return Complaint(place, message, help_)


RULE = Rule(
    id="KEB414",
    name="schema-not-portable",
    severity=Severity.WARNING,
    section="4.2",
    rationale="Publishers and readers check events with different validators. Where these "
    "disagree, one side sends what the other refuses, and a test in one language never shows it.",
    bad="""\
events:
  Order.Invoice.Issued.v1:
    data:
      type: object
      properties:
        amount: {type: number, multipleOf: 0.01}
        number: {type: string, pattern: '^\\d{8}$'}
        due: {type: string, format: datetime}
""",
    good="""\
events:
  Order.Invoice.Issued.v1:
    data:
      type: object
      properties:
        amount_cents: {type: integer}
        number: {type: string, pattern: '^[0-9]{8}$'}
        due: {type: string, format: date-time}
""",
    check=each_tree(_check),
    silenced_by=("KEB401", "KEB418"),
)
