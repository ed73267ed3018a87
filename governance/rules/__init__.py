"""What a rule is. Every other module below this room is exactly one rule and ends in ``RULE``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache

from governance.catalog.document import Place
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
from governance.config import Config
from governance.discover import PLUGIN_GROUP, collect, plugins_installed
from governance.finding import Severity


@dataclass(frozen=True, slots=True)
class Context:
    """All that a rule may look at beside its subject.

    Attributes:
        catalog: Every file of the catalog.
        config: The settings.
        today: The day by which sunsets and suppressions are judged.
    """

    catalog: Catalog
    config: Config
    today: date


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a rule has found.

    Attributes:
        place: Where.
        message: What is wrong, as one sentence without a full stop; it quotes what it speaks of.
        help: What to do about it, as a sentence.
    """

    place: Place
    message: str
    help: str


class Scope(Enum):
    """How much of the catalog decides about a finding."""

    FILE = "one file and what it refers to"
    CATALOG = "the whole catalog"
    SUPPRESSIONS = "what became of the suppression comments"


@dataclass(frozen=True, slots=True)
class Check:
    """A check lifted to a scope; ``run`` takes the file, the catalog, or the outcomes of suppressions."""

    scope: Scope
    run: Callable[..., Iterator[Complaint]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: data, and one generator function.

    Attributes:
        id: ``KEB``, the section of rule 101, and a number; never used again for another rule.
        name: States the defect, in kebab-case.
        severity: How bad a finding is, unless the settings say otherwise.
        section: The clause of rule 101 that it enforces, such as ``6.2``.
        rationale: Why it matters, to somebody who has just been stopped by it.
        bad: A file that breaks it. ``# file: NAME`` starts a further file.
        good: The same, mended.
        check: The check.
        silenced_by: Ids of rules that name the cause where both find fault with the same place:
            this rule keeps silent where one of them speaks of the place itself or of what is around it.
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


def each_problem(*kinds: Kind) -> Check:
    """Report every reading problem of the given kinds."""

    def run(file: SourceFile, _: Context) -> Iterator[Complaint]:
        for problem in file.document.problems:
            if problem.kind in kinds:
                yield Complaint(file.document.place_of(problem), problem.message, problem.help)

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
        for participant in context.catalog.participants:
            yield from fn(participant, context)

    return Check(Scope.CATALOG, run)


def each_subscription(fn: Callable[[Subscription, Context], Iterator[Complaint]]) -> Check:
    """Lift a check of one subscription; it may look at the whole catalog."""

    def run(context: Context) -> Iterator[Complaint]:
        for participant in context.catalog.participants:
            for subscription in participant.subscribes:
                yield from fn(subscription, context)

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


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule of this room and of the installed plugins, ordered by id.

    Raises:
        TypeError: A module offers no rule.
    """
    own = collect(sys.modules[__name__], "RULE", Rule)
    return tuple(sorted((*own, *plugin_rules()), key=lambda rule: rule.id))


def plugin_rules() -> tuple[Rule, ...]:
    """Return the rules that other distributions offer under the entry point group ``keb_govern.rules``."""
    if not plugins_installed(PLUGIN_GROUP):
        return ()
    from importlib.metadata import entry_points  # noqa: PLC0415  costs as much as a whole small check

    return tuple(entry.load() for entry in entry_points(group=PLUGIN_GROUP))
