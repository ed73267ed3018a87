"""Random schemas through `contains`: no answer is ever refuted, and the answers hang together.

``make fuzz`` asks for far more of them: ``KEB_FUZZ_EXAMPLES`` says how many draws each test gets,
``KEB_FUZZ_FIRST`` the seed of the first; ``pytest -s`` shows how often each answer was given. A
fault is shown on the smallest schemas that still have it.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import permutations
from random import Random

import pytest

from governance.compat.answer import Answer, Proven, Refuted, Schema, Unknown
from governance.compat.contains import contains
from governance.schema.dialect import (
    DRAFT_04,
    DRAFT_06,
    DRAFT_07,
    DRAFT_2019_09,
    DRAFT_2020_12,
    Dialect,
)
from governance.schema.json import Json
from tests.instances import CORPUS, Oracle, invented
from tests.rewriting import modern, smallest
from tests.schemas import Source

DRAWS = int(os.environ.get("KEB_FUZZ_EXAMPLES", "250"))
FIRST = int(os.environ.get("KEB_FUZZ_FIRST", "0"))
SEEDS = range(FIRST, FIRST + DRAWS)
SLOW_S = 10.0
# One of each type: on them a schema shows that its references come to an end.
FEW: tuple[Json, ...] = (None, True, 0, "a", [], [0], {}, {"a": 0, "b": 0, "c": 0})
# The engine may give up, but seldom.
MOST_UNKNOWN = 0.005

Fault = Callable[..., str | None]
Law = Callable[[Schema, Schema], tuple[Schema, Schema]]


def check(draws: Iterable[tuple[int, tuple[Schema, ...]]], fault: Fault) -> None:
    """Fail with every draw that has a fault, made small."""
    found = [told(seed, schemas, fault) for seed, schemas in draws if fault(*schemas)]
    assert not found, "".join(found)


def told(seed: int, schemas: tuple[Schema, ...], fault: Fault) -> str:
    kind = (fault(*schemas) or "").split(":")[0]

    def same(some: tuple[Schema, ...]) -> bool:
        try:
            for oracle in map(Oracle, some):
                any(map(oracle.careful, FEW))
            return (fault(*some) or "none").split(":")[0] == kind
        except Exception:  # noqa: BLE001  what is left is no schema, or refers to what is gone
            return False

    small = smallest(schemas, same)
    lines = [f"\nseed {seed}: {fault(*small)}"]
    lines += (f"  {schema.dialect.name} {json.dumps(schema.root)}" for schema in small)
    return "\n".join(lines)


def wrong(reader: Schema, writer: Schema) -> str | None:
    """Say what is wrong with the answer to a pair, if anything is."""
    start = time.perf_counter()
    try:
        answer = contains(reader, writer)
    except Exception as error:  # noqa: BLE001  whatever it is
        return f"raised {type(error).__name__}: {error}"
    if time.perf_counter() - start > SLOW_S:
        return "slow"
    if isinstance(answer, Refuted):
        judged = Oracle(writer).careful(answer.witness), Oracle(reader).careful(answer.witness)
        return None if judged == (True, False) else f"no witness: {answer.witness}"
    if isinstance(answer, Proven):
        found = refutation(reader, writer)
        return f"proven, yet refuted: {json.dumps(found[0])}" if found else None
    # In 2019-09 the library counts a property as unevaluated that `additionalProperties` evaluated.
    at_fault = writer.dialect is not DRAFT_2019_09
    return answer.reason if at_fault and "bug" in answer.reason else None


def refutation(reader: Schema, writer: Schema) -> tuple[Json] | None:
    """Return an instance that the writer allows and the reader refuses, in a tuple, if one shows.

    Only what both validators say counts: each has faults of its own.
    """
    accepts, allows = Oracle(reader), Oracle(writer)
    made = invented((writer, reader), Random(0), 40)  # noqa: S311  nothing here is secret
    for some in (CORPUS, made):
        for instance in some:
            refuted = allows.quick(instance) and not accepts.quick(instance)
            if refuted and allows.careful(instance) and not accepts.careful(instance):
                return (instance,)
    return None


def test_no_answer_is_wrong() -> None:
    pairs = [(seed, Source(seed).pair()) for seed in SEEDS]
    both = [(seed, way) for seed, pair in pairs for way in (pair, pair[::-1])]
    counts = Counter(type(contains(*pair)).__name__ for _, pair in both)
    print(dict(counts))  # noqa: T201  the figures of a long run
    check(both, wrong)
    assert counts["Unknown"] <= MOST_UNKNOWN * len(both)


def not_proven(reader: Schema, writer: Schema) -> str | None:
    answer = contains(reader, writer)
    if isinstance(answer, Unknown):
        return f"unknown, {answer.reason}"
    return f"refuted: {json.dumps(answer.witness)}" if isinstance(answer, Refuted) else None


def test_every_schema_contains_itself() -> None:
    def fault(schema: Schema) -> str | None:
        return not_proven(schema, schema)

    check(((seed, Source(seed).pair()[1:]) for seed in SEEDS), fault)


def joined(keyword: str, *schemas: Schema) -> Schema:
    """Return the schema that joins some with shared definitions by a keyword."""
    dialect = schemas[0].dialect
    bodies, shared = [], {}
    for schema in schemas:
        body = schema.root
        if isinstance(body, dict) and dialect.definitions in body:
            shared = {dialect.definitions: body[dialect.definitions]}
            body = {name: value for name, value in body.items() if name not in shared}
        bodies.append(body)
    return Schema({keyword: bodies[0] if keyword == "not" else bodies, **shared}, dialect)


def neither(one: Schema, other: Schema) -> Schema:
    return joined("allOf", joined("not", one), joined("not", other))


LAWS: dict[str, Law] = {
    "a is within a or b": lambda a, b: (joined("anyOf", b, a), a),
    "a and b is within a": lambda a, b: (a, joined("allOf", a, b)),
    "one of a, b is within a or b": lambda a, b: (joined("anyOf", a, b), joined("oneOf", a, b)),
    "a is within not not a": lambda a, _: (joined("not", joined("not", a)), a),
    "not not a is within a": lambda a, _: (a, joined("not", joined("not", a))),
    "a or b is within not neither": lambda a, b: (
        joined("not", neither(a, b)),
        joined("anyOf", a, b),
    ),
    "not neither is within a or b": lambda a, b: (
        joined("anyOf", a, b),
        joined("not", neither(a, b)),
    ),
    "a and not a is within nothing": lambda a, _: (
        Schema({"not": {}}, a.dialect),
        joined("allOf", a, joined("not", a)),
    ),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_what_is_joined_is_wider_or_narrower(law: Law) -> None:
    def fault(one: Schema, other: Schema) -> str | None:
        return not_proven(*law(one, other))

    sources = ((seed, Source(seed)) for seed in SEEDS)
    check(((seed, tuple(map(s.document, (s.body(), s.body())))) for seed, s in sources), fault)


def test_containment_goes_on() -> None:
    def fault(a: Schema, b: Schema, c: Schema) -> str | None:
        if not isinstance(contains(b, a), Proven) or not isinstance(contains(c, b), Proven):
            return None
        answer = contains(c, a)
        return f"a in b in c, yet a not in c: {answer}" if isinstance(answer, Refuted) else None

    def draws() -> Iterable[tuple[int, tuple[Schema, ...]]]:
        for seed in SEEDS:
            source = Source(seed)
            one = source.body()
            other = source.mutated(one)
            three = [source.document(body) for body in (one, other, source.mutated(other))]
            yield from ((seed, order) for order in permutations(three))

    check(draws(), fault)


@pytest.mark.parametrize("old", [DRAFT_04, DRAFT_06, DRAFT_07], ids=lambda dialect: dialect.name)
def test_every_spelling_means_the_same(old: Dialect) -> None:
    def respelled(schema: Schema) -> Schema:
        return Schema(modern(schema.root, old), DRAFT_2020_12)

    def fault(one: Schema, other: Schema) -> str | None:
        new = respelled(one)
        for reader, writer in ((one, new), (new, one)):
            if difference := not_proven(reader, writer):
                return f"spellings differ, {difference}"
        answers: tuple[Answer, Answer] = contains(one, other), contains(new, respelled(other))
        kinds = {type(answer) for answer in answers} - {Unknown}
        return f"answers differ: {answers}" if len(kinds) > 1 else None

    check(((seed, Source(seed, old).pair()) for seed in SEEDS), fault)
