"""Payloads made from the schema of an event: such that it allows, and such that it just refuses.

Both are found by trying: a payload that is allowed is changed at one place at a time, and the
validator says what it thinks of it. One that breaks exactly one keyword is a mutant.

Source: bus.md, section 5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from governance.catalog.model import Catalog, EventSchema
from governance.catalog.refs import RefError, bundle
from governance.compat.answer import Refuted, Schema
from governance.compat.contains import sought
from governance.compat.views import as_writer
from governance.contract.candidates import Candidate, Constants, Use
from governance.contract.places import GONE, put, spots
from governance.contract.schemas import complete, weakened
from governance.errors import CatalogError
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.json import Json, JsonObject, identity
from governance.schema.pointer import PointerError, resolve
from governance.schema.words import refusals
from governance.wire import Judge, Side

_NOTHING = Schema(root=False, dialect=DRAFT_2020_12)
# A fraction of a second: there are examples as well.
_MOST_STEPS = 20_000
_MOST_BASES = 3
ONLY, EVERY = "only what is required", "every declared field"


class Sample(NamedTuple):
    """A payload that the schema allows.

    Attributes:
        name: What is special about it.
        data: The payload.
        pointer: Where that is; empty for the whole.
    """

    name: str
    data: JsonObject
    pointer: str = ""


class Mutant(NamedTuple):
    """A payload that breaks one keyword of the schema.

    Attributes:
        data: The payload.
        pointer: JSON Pointer to what is refused.
        keyword: What refuses it.
    """

    data: JsonObject
    pointer: str
    keyword: str

    @property
    def name(self) -> str:
        """What is special about it."""
        return f"{self.keyword} at {self.pointer or '/'}"


class Samples(NamedTuple):
    """What there is to try of an event.

    Attributes:
        examples: As the catalog has them, right or wrong.
        valid: Further payloads that are allowed.
        mutants: Payloads that are refused.
    """

    examples: tuple[Sample, ...]
    valid: tuple[Sample, ...]
    mutants: tuple[Mutant, ...]

    @property
    def allowed(self) -> tuple[Sample, ...]:
        """Every payload that a reader has to expect."""
        return (*self.examples, *self.valid)


class Generator:
    """Makes payloads of the events of a catalog.

    Args:
        catalog: The catalog.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._judge = Judge(catalog, Side.WRITER)
        self._made: dict[str, Samples] = {}

    def of(self, event: EventSchema) -> Samples:
        """Return what there is to try of an event.

        Raises:
            CatalogError: Its schema is broken, or allows nothing that can be found.
        """
        if event.type not in self._made:
            self._made[event.type] = self._of(event)
        return self._made[event.type]

    def _of(self, event: EventSchema) -> Samples:
        said = [one for _, one in event.examples if isinstance(one, dict)]
        examples = tuple(Sample(f"example {n}", one) for n, one in enumerate(said, 1))
        schema = self._schema(event)
        accepts = self._judge.checks(event).payload.is_valid
        good = [one for one in said if accepts(one)]
        roots = (complete(schema.root), schema.root)
        found = (_solved(_NOTHING, schema._replace(root=root)) for root in roots)
        most = next((one for one in (*found, *good) if one is not None and accepts(one)), None)
        if most is None:
            raise CatalogError(f"{event.type}: no payload can be found that its schema allows")
        for one in reversed(good):
            most = next(filter(accepts, (_merged(most, one), most)))
        trial = _Trial(event, self._judge, Constants(schema.root))
        for base in (most, *good[:_MOST_BASES]):
            trial.vary(base)
        trial.seek(schema)
        wholes = (Sample(ONLY, _least(most, accepts)), Sample(EVERY, most))
        valid = _different((*wholes, *trial.valid.values()), said)
        mutants = sorted(trial.mutants.values(), key=lambda one: (one.pointer, one.keyword))
        return Samples(examples, valid, tuple(mutants))

    def _schema(self, event: EventSchema) -> Schema:
        if event.payload is None:
            raise CatalogError(f"{event.type} has no schema: see `keb-govern check`")
        try:
            whole = Schema(bundle(self._catalog, event.payload), event.payload.dialect)
        except RefError as error:
            raise CatalogError(f"{event.type}: {error}: see `keb-govern check`") from error
        return as_writer(whole)


class _Trial:
    """Changes a payload at every place, and keeps what is telling.

    Args:
        event: The event.
        judge: Says what is wrong with a payload.
        constants: What the schema names.
    """

    def __init__(self, event: EventSchema, judge: Judge, constants: Constants) -> None:
        self.valid: dict[str, Sample] = {}
        self.mutants: dict[tuple[str, str], Mutant] = {}
        self._validator = judge.checks(event).payload
        self._accepts = self._validator.is_valid
        self._constants = constants

    def vary(self, base: JsonObject) -> None:
        """Change a payload that is allowed, at each place in turn."""
        for spot in spots(base):
            unchanged = identity(spot.value)
            allowed: list[tuple[Candidate, JsonObject]] = []
            for candidate in self._constants.candidates(spot):
                made = put(base, spot.tokens, candidate.value)
                if not isinstance(made, dict):
                    continue
                if not self._accepts(made):
                    self._refused(made)
                # What is equal to what stands there is allowed, as that is.
                elif candidate.value is GONE or identity(candidate.value) != unchanged:
                    allowed.append((candidate, made))
            for candidate, made in _telling(allowed):
                at = spot.pointer or "/"
                name = f"without {at}" if candidate.value is GONE else f"{candidate.label} at {at}"
                self.valid.setdefault(name, Sample(name, made, spot.pointer))

    def seek(self, schema: Schema) -> None:
        """Look for what breaks those keywords that no change of a payload has broken."""
        known = {keyword for _, keyword in self.mutants}
        for keyword, root in weakened(schema.root):
            if keyword not in known:
                found = _solved(schema, schema._replace(root=root))
                if found is not None and not self._accepts(found):
                    self._refused(found)

    def _refused(self, made: JsonObject) -> None:
        found: dict[str, str] = {}
        for violation in self._validator.violations(made):
            for one in refusals(violation, made, "the payload"):
                found.setdefault(one.pointer, one.keyword)
                # It breaks more than one thing: how much more is of no interest.
                if len(found) > 1:
                    return
        for pointer, keyword in found.items():
            if keyword:
                key = (pointer, keyword)
                self.mutants.setdefault(key, Mutant(made, *key))


def _telling(
    allowed: list[tuple[Candidate, JsonObject]],
) -> list[tuple[Candidate, JsonObject]]:
    """Return what readers should see of what is allowed at one place."""
    by_use: dict[Use, list[tuple[Candidate, JsonObject]]] = {use: [] for use in Use}
    for one in allowed:
        by_use[one[0].use].append(one)
    # Where any text will do, a listed one is one of many.
    is_listed = not any(isinstance(one.value, str) and one.value for one, _ in by_use[Use.BREAK])
    edges = by_use[Use.EDGE][:1] + by_use[Use.EDGE][1:][-1:]
    return by_use[Use.FORM] + (by_use[Use.LISTED] if is_listed else []) + edges


def _different(samples: tuple[Sample, ...], known: list[JsonObject]) -> tuple[Sample, ...]:
    """Return the samples that are neither known nor equal to an earlier one."""
    seen = set(map(identity, known))
    found: list[Sample] = []
    for one in samples:
        if identity(one.data) not in seen:
            seen.add(identity(one.data))
            found.append(one)
    return tuple(found)


def _solved(refused_by: Schema, allowed_by: Schema) -> JsonObject | None:
    """Return a payload that one schema allows and another one refuses, if one is found."""
    answer = sought(refused_by, allowed_by, _MOST_STEPS, assert_formats=True)
    found = answer.witness if isinstance(answer, Refuted) else None
    return found if isinstance(found, dict) else None


def _merged(most: Json, example: Json) -> Json:
    """Return a value with the fields of both; where both have one, that of the example."""
    if not isinstance(most, dict) or not isinstance(example, dict):
        return example
    return {
        **most,
        **{key: _merged(most[key], one) if key in most else one for key, one in example.items()},
    }


def _least(most: JsonObject, accepts: Callable[[Json], bool]) -> JsonObject:
    """Return a payload without whatever can be left out."""
    least = most
    for spot in spots(most):
        if not spot.tokens or not isinstance(spot.tokens[-1], str):
            continue
        try:
            resolve(least, spot.pointer)
        except PointerError:
            continue
        made = put(least, spot.tokens, GONE)
        if accepts(made):
            least = made
    return least
