"""KEB605: a field holds credentials or personal data, and nothing says how it is protected."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.refs import RefError, parts
from governance.catalog.sensitivity import KEYWORD, PROTECTIONS, Sensitivity, meaning, words_of
from governance.catalog.tree import Node, SchemaTree, Target
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, closest, each_file
from governance.schema.json import Json, as_object, as_text, shown, types_of

_FIRST = PROTECTIONS[0]
_OTHERS = f"or {', '.join(PROTECTIONS[1:])}"
_CLASSES = ("credential", "personal", "none")
_WORDS = {Sensitivity.CREDENTIAL: "a credential", Sensitivity.PERSONAL: "personal data"}
# Numbers under any other name count or point at something; these are numbers by nature.
_NUMBERS = frozenset({"number", "pin", "cvv", "cvc", "ssn", "phone", "telephone", "msisdn", "otp"})
# Objects under any other name are judged by the fields that they declare.
_LINKS = ("uri", "uri-reference", "iri", "hostname")
_STRUCTURES = frozenset({"credential", "credentials", "address", "addresses"})


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    trees, own = file.trees, (context.config.credential_fields, context.config.personal_fields)
    # Most files hold no sensitive name: each is looked at once, wherever it recurs.
    names = {node.name for tree in trees for node in tree.nodes if node.name is not None}
    kinds = {name: kind for name in names if (kind := meaning(name, *own)) is not None}
    for tree in trees:
        for node in tree.having(KEYWORD):
            yield from _judge_mark(node)
        if kinds:
            yield from _in_tree(tree, kinds, context)


def _in_tree(
    tree: SchemaTree, kinds: dict[str, Sensitivity], context: Context
) -> Iterator[Complaint]:
    around: Node | None = None
    for node in tree.nodes:
        if node.name not in kinds or node.is_partial:
            continue
        # What stands within a sensitive field is protected, or found, with it.
        if around is not None and _is_within(node, around):
            continue
        kind, holds = kinds[node.name], _holds(node, context)
        if _can_hold(node.name, kind, holds):
            around = node
            if not _is_marked(node, holds):
                yield _unmarked(node, kind)


def _holds(node: Node, context: Context) -> list[Target | RefError]:
    """Return the schemas of a field, and those of its items where it is a list."""
    tree = node.tree
    start = Target(tree.document, tree.pointer + node.pointer, node.schema, tree)
    found = list(parts(context.catalog, start))
    for one in tuple(found):
        items = None if isinstance(one, RefError) else as_object(one.schema).get("items")
        if isinstance(one, Target) and isinstance(items, dict):
            start = Target(one.document, one.pointer + "/items", items, one.tree)
            found += parts(context.catalog, start)
    return found


def _is_within(node: Node, outer: Node) -> bool:
    here: Node | None = node
    while here is not None and here is not outer:
        here = here.parent
    return here is not None


def _is_marked(node: Node, holds: list[Target | RefError]) -> bool:
    here: Node | None = node
    while here is not None:
        if KEYWORD in here.schema:
            return True
        here = here.parent
    # Nobody knows what a broken reference would say.
    return any(isinstance(one, RefError) or KEYWORD in as_object(one.schema) for one in holds)


def _can_hold(name: str, kind: Sensitivity, holds: list[Target | RefError]) -> bool:
    """Say whether a field can hold what its name promises: a flag, a count or a link can't."""
    schemas = [as_object(one.schema) for one in holds if isinstance(one, Target)]
    last = words_of(name.rstrip("0123456789_"))[-1:]
    types = frozenset[str]().union(*map(types_of, schemas)) - {"null", "array"}
    if any("enum" in schema or "const" in schema or "not" in schema for schema in schemas):
        return False
    if kind is Sensitivity.PERSONAL and any(one.get("format") in _LINKS for one in schemas):
        return False
    if types and types <= {"boolean", "integer", "number"}:
        return "boolean" not in types and not _NUMBERS.isdisjoint(last)
    if types == {"object"} and any(as_object(schema.get("properties")) for schema in schemas):
        return not _STRUCTURES.isdisjoint(last)
    return True


def _unmarked(node: Node, kind: Sensitivity) -> Complaint:
    message = f"{node.path!r} is {_WORDS[kind]} by its name, and nothing says how it is protected"
    help_ = f"Leave it out, or add `{KEYWORD}: {{class: {kind.value}, protection: {_FIRST}}}` "
    help_ += f"({_OTHERS}); if the name misleads, `{KEYWORD}: {{class: none, reason: WHY}}`."
    return Complaint(node.at(on_key=True), message, help_)


def _judge_mark(node: Node) -> Iterator[Complaint]:
    mark = node.schema[KEYWORD]
    subject = f"the mark of {node.path!r}" if node.path else "the mark"
    place = f"/{KEYWORD}"
    if not isinstance(mark, dict):
        message = f"{subject} is {shown(mark)}, not a mapping with `class` and `protection`"
        kind = mark if mark in _CLASSES[:2] else "personal"
        help_ = f"Write `{KEYWORD}: {{class: {kind}, protection: {_FIRST}}}` ({_OTHERS})."
        yield Complaint(node.at(place), message, help_)
        return
    kind, protection = mark.get("class"), mark.get("protection")
    if kind not in _CLASSES:
        says = f"says `class: {_plain(kind)}`" if "class" in mark else "has no `class`"
        help_ = "Write `class: credential`, `class: personal`, or `class: none` with a `reason`."
        message = f"{subject} {says}, so that nobody knows what it protects"
        yield Complaint(node.at(f"{place}/class"), message, help_)
    elif kind == "none":
        if as_text(mark.get("reason")) is None:
            message = f"{subject} says that it is not sensitive, but not why"
            yield Complaint(node.at(place), message, "Add `reason: WHY` to the mark.")
    elif protection not in PROTECTIONS:
        says, use = f"no `protection` for {_WORDS[Sensitivity(kind)]}", _FIRST
        if "protection" in mark:
            near = closest(protection, PROTECTIONS) if isinstance(protection, str) else None
            says, use = f"`protection: {_plain(protection)}`, which is no known one", near or _FIRST
        help_ = f"Write `protection: {use}`" + (f" ({_OTHERS})." if use is _FIRST else ".")
        yield Complaint(node.at(f"{place}/protection"), f"{subject} declares {says}", help_)


def _plain(value: Json) -> str:
    return shown(value).strip("'") if isinstance(value, str) else shown(value)


RULE = Rule(
    id="KEB605",
    name="sensitive-field-unmarked",
    severity=Severity.ERROR,
    section="6.2",
    rationale="Events are kept, replayed and read by many; a password or an address in clear text "
    "is out for good. A mark lets reviewers and tools see that somebody has thought of it.",
    bad="""\
events:
  User.Account.Created.v1:
    data:
      type: object
      properties:
        email: {type: string}
        api_key: {type: string, x-sensitivity: {class: credential}}
""",
    good="""\
events:
  User.Account.Created.v1:
    data:
      type: object
      properties:
        email: {type: string, x-sensitivity: {class: personal, protection: hashed}}
        api_key_id: {type: string}
""",
    check=each_file(_check),
)
