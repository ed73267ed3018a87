"""What a rule is. Every other module below this room is exactly one rule and ends in ``RULE``.

Those that the auditor of the bus looks after stand together in ``bus``.
"""

import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from enum import Enum
from functools import cache, lru_cache
from typing import NamedTuple

from governance.catalog.approval import Approval
from governance.catalog.document import Document, Place
from governance.catalog.known import Known
from governance.catalog.model import (
    Catalog,
    Component,
    EventSchema,
    Participant,
    SourceFile,
    Subscription,
)
from governance.catalog.problem import Kind
from governance.catalog.suppression import Outcome
from governance.catalog.tree import Node, SchemaTree
from governance.compat.verdict import Comparison, Verdict
from governance.config import Config
from governance.discover import PLUGIN_GROUP, collect, load, plugins_installed
from governance.finding import Fix, Severity, Witness
from governance.schema.json import JsonObject

# For `closest`: how like two parts of a name must be, and by how much names may differ in length.
_PARTS = re.compile(r"[^a-z0-9]+")
_ALIKE = 0.7
_LENGTHS = 4
# Longer names are none. From so many on, only neighbours in order are looked at, and few in full.
_LONGEST = 200
_MANY = 60
_AROUND = 30
_FEW = 12


class Context(NamedTuple):
    """All that a rule may look at beside its subject.

    Attributes:
        catalog: Every file of the catalog.
        config: The settings.
        today: The day by which sunsets and suppressions are judged.
        comparison: The catalog compared with an earlier one; None where there is none.
        approvals: The breaks that a team has agreed to.
        known: The findings that the catalog is known to have; None where nobody wrote them down.
        only: Paths of the files to report on; none for all. The others count as part of the
            catalog, and what a rule finds in them is dropped.
    """

    catalog: Catalog
    config: Config
    today: date
    comparison: Comparison | None = None
    approvals: tuple[Approval, ...] = ()
    known: Known | None = None
    only: frozenset[str] = frozenset()

    def wants(self, document: Document) -> bool:
        """Say whether anybody asks what is wrong in a file."""
        return not self.only or document.path in self.only


class Complaint(NamedTuple):
    """What a rule has found.

    Attributes:
        place: Where.
        message: What is wrong, as one sentence without a full stop; it quotes what it speaks of.
        help: What to do about it, as a sentence.
        is_secret: Whether the source line must not be shown: logs are read by more people than it.
        related: Further places that it speaks of, each with what it is to the finding.
        witnesses: Events that prove it, at most one a direction.
        change: The change of a schema that it is about, as ``Finding`` has it.
        fix: What mends it; None where that takes a person.
    """

    place: Place
    message: str
    help: str
    is_secret: bool = False
    related: tuple[tuple[str, Place], ...] = ()
    witnesses: tuple[Witness, ...] = ()
    change: str = ""
    fix: Fix | None = None


class Scope(Enum):
    """How much of the catalog decides about a finding."""

    FILE = "one file and what it refers to"
    CATALOG = "the whole catalog"
    SUPPRESSIONS = "what became of the suppression comments"
    KNOWN = "the known findings that are found no more"
    BUS = "what is really sent, which only the auditor of the bus sees"


class Check(NamedTuple):
    """A check lifted to a scope; what ``run`` takes depends on the scope."""

    scope: Scope
    run: Callable[..., Iterator[Complaint]]


class Rule(NamedTuple):
    """One rule: data, and one generator function.

    Attributes:
        id: ``KEB``, the section of rule 101, and a number; never used again for another rule.
        name: States the defect, in kebab-case.
        severity: How bad a finding is, unless the settings say otherwise.
        section: The clause of rule 101 that it enforces, such as ``6.2``.
        rationale: Why it matters, to somebody who has just been stopped by it.
        bad: A file that breaks it. ``# file: NAME`` starts a further file. For what is found on the
            bus, the commands of Redis that bring it about.
        good: The same, mended.
        check: The check.
        silenced_by: Ids of rules that name the cause where both find fault with the same place:
            this rule keeps silent where one of them speaks of the place itself or of what is around
            it.
        fixes: How its findings can be mended, as far as they can: ``safe``, ``unsafe``.
    """

    id: str
    name: str
    severity: Severity
    section: str
    rationale: str
    bad: str
    good: str
    check: Check
    silenced_by: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()


def each_problem(kind: Kind, fix: Callable[[SourceFile], Fix] | None = None) -> Check:
    """Report every reading problem of a kind, with what mends it."""

    def run(file: SourceFile, _: Context) -> Iterator[Complaint]:
        for problem in file.document.problems:
            if problem.kind is kind:
                place, mends = file.document.place_of(problem), fix(file) if fix else None
                yield Complaint(place, problem.message, problem.help, fix=mends)

    return Check(Scope.FILE, run)


def each_file(fn: Callable[[SourceFile, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one file."""
    return Check(Scope.FILE, fn)


def each_event(fn: Callable[[EventSchema, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one event."""

    def run(file: SourceFile, context: Context) -> Iterator[Complaint]:
        for event in file.events:
            yield from fn(event, context)

    return Check(Scope.FILE, run)


def each_component(fn: Callable[[Component, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one shared schema."""

    def run(file: SourceFile, context: Context) -> Iterator[Complaint]:
        for component in file.components:
            yield from fn(component, context)

    return Check(Scope.FILE, run)


def each_tree(fn: Callable[[SchemaTree, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one whole schema: a payload or a component."""

    def run(file: SourceFile, context: Context) -> Iterator[Complaint]:
        for tree in file.trees:
            yield from fn(tree, context)

    return Check(Scope.FILE, run)


def each_schema(fn: Callable[[Node, Context], Iterator[Complaint]], *keywords: str) -> Check:
    """Lift a check of one subschema; with keywords, of those that carry at least one of them."""

    def run(file: SourceFile, context: Context) -> Iterator[Complaint]:
        for tree in file.trees:
            for node in tree.having(*keywords) if keywords else tree.nodes:
                yield from fn(node, context)

    return Check(Scope.FILE, run)


def each_property(fn: Callable[[Node, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one declared property, at any depth."""

    def run(file: SourceFile, context: Context) -> Iterator[Complaint]:
        for tree in file.trees:
            for node in tree.nodes:
                if node.name is not None:
                    yield from fn(node, context)

    return Check(Scope.FILE, run)


def each_participant(fn: Callable[[Participant, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one participant; it may look at the whole catalog."""

    def run(context: Context) -> Iterator[Complaint]:
        for participant in _participants(context):
            yield from fn(participant, context)

    return Check(Scope.CATALOG, run)


def each_subscription(fn: Callable[[Subscription, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one subscription; it may look at the whole catalog."""

    def run(context: Context) -> Iterator[Complaint]:
        for participant in _participants(context):
            for subscription in participant.subscribes:
                yield from fn(subscription, context)

    return Check(Scope.CATALOG, run)


def _participants(context: Context) -> Iterator[Participant]:
    return (one for one in context.catalog.participants if context.wants(one.place.document))


def each_verdict(fn: Callable[[Verdict, Comparison, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of what became of one event, compared with an earlier catalog."""

    def run(context: Context) -> Iterator[Complaint]:
        if context.comparison is not None:
            for verdict in context.comparison.events:
                yield from fn(verdict, context.comparison, context)

    return Check(Scope.CATALOG, run)


def whole_comparison(fn: Callable[[Comparison, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of a catalog compared with an earlier one, as a whole."""

    def run(context: Context) -> Iterator[Complaint]:
        if context.comparison is not None:
            yield from fn(context.comparison, context)

    return Check(Scope.CATALOG, run)


def whole_catalog(fn: Callable[[Context], Iterator[Complaint]]) -> Check:
    """Lift a check that needs every file at once."""
    return Check(Scope.CATALOG, fn)


def each_suppression(fn: Callable[[Outcome, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one suppression comment, made after every other rule has run."""

    def run(outcomes: tuple[Outcome, ...], context: Context) -> Iterator[Complaint]:
        for outcome in outcomes:
            yield from fn(outcome, context)

    return Check(Scope.SUPPRESSIONS, run)


def each_unneeded(fn: Callable[[Place, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one known finding that is found no more, made last of all."""

    def run(places: tuple[Place, ...], context: Context) -> Iterator[Complaint]:
        for place in places:
            yield from fn(place, context)

    return Check(Scope.KNOWN, run)


def each_approval(fn: Callable[[Approval, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one approved break."""

    def run(context: Context) -> Iterator[Complaint]:
        for approval in context.approvals:
            yield from fn(approval, context)

    return Check(Scope.CATALOG, run)


def closest(word: str, known: Collection[str]) -> str | None:
    """Return the known name that a word most likely means; None where nothing is close.

    Names are compared part by part (``.``, ``_``, ``/`` and the like divide), without regard to
    case: two events that differ in their action alone are not close, however long the rest.
    """
    if not word or len(word) > _LONGEST:
        return None
    lower = word.lower()
    near = _neighbours(lower, known) if len(known) > _MANY else known
    alike = [one for one in near if abs(len(one) - len(word)) <= _LENGTHS]
    alike.sort(key=lambda one: (-_shared(lower, one.lower()), one))
    best = max(((_likeness(lower, one.lower()), one) for one in alike[:_FEW]), default=(0, ""))
    return best[1] if best[0] else None


def _likeness(word: str, one: str) -> float:
    from difflib import SequenceMatcher  # noqa: PLC0415  only for a mistake

    parts, others = _PARTS.split(word), _PARTS.split(one)
    if len(parts) != len(others):
        parts, others = ["".join(parts)], ["".join(others)]
    alike = [
        1.0 if a == b else SequenceMatcher(None, a, b, autojunk=False).ratio()
        for a, b in zip(parts, others, strict=True)
    ]
    return sum(alike) / len(alike) if min(alike) >= _ALIKE else 0


def _shared(word: str, one: str) -> int:
    """Return how many characters two names have in common at their two ends."""
    shared = 0
    for said, other in ((word, one), (word[::-1], one[::-1])):
        pairs = enumerate(zip(said, other, strict=False))
        shared += next((number for number, (a, b) in pairs if a != b), len(said))
    return shared


class _Same(NamedTuple):
    """Some names, equal to themselves alone: the thousands of a catalog are asked for often."""

    names: Collection[str]

    def __hash__(self) -> int:
        return id(self.names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.names is self.names


@lru_cache(maxsize=2)
def _index(known: _Same) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return names in the order of their beginnings, and of their ends read backwards."""
    lower = [(name.lower(), name) for name in known.names]
    return sorted(lower), sorted((said[::-1], name) for said, name in lower)


def _neighbours(word: str, known: Collection[str]) -> set[str]:
    """Return the names that start or end most like a word: one slip leaves the rest as it was."""
    found = set[str]()
    for said, ordered in zip((word, word[::-1]), _index(_Same(known)), strict=True):
        at = bisect_left(ordered, (said,))
        found.update(name for _, name in ordered[max(0, at - _AROUND) : at + _AROUND])
    return found


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return names as a message lists them: ``a, b and c``, or ``a, b and 3 more``."""
    # The name itself is no longer than "1 more".
    more = len(names) - most if len(names) > most + 1 else 0
    shown = [*names[:most], f"{more} more"] if more else names
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def says(mapping: JsonObject, key: str) -> bool:
    """Say whether a mapping holds something under a key, of whatever shape, or the key misspelt.

    Of those two KEB112 and KEB111 speak: for a rule that misses the key there is nothing to add.
    """
    if key in mapping:
        return not isinstance(mapping[key], str) or bool(mapping[key].strip())
    return closest(key, mapping) is not None


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule of this room and of the installed plugins, ordered by id.

    Raises:
        TypeError: A module offers no rule.
    """
    own = (*collect(sys.modules[__name__], "RULE", Rule), *load(f"{__name__}.bus", "RULES", tuple))
    return tuple(sorted((*own, *plugin_rules()), key=lambda rule: rule.id))


def plugin_rules() -> tuple[Rule, ...]:
    """Return the rules that other distributions offer as entry points ``keb_govern.rules``."""
    if not plugins_installed(PLUGIN_GROUP):
        return ()
    from importlib.metadata import entry_points  # noqa: PLC0415  costs as much as a whole small check

    return tuple(entry.load() for entry in entry_points(group=PLUGIN_GROUP))
