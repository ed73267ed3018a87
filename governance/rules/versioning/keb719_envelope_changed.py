"""KEB719: the catalog's own envelope changed by more than a further optional field."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.document import Place
from governance.catalog.envelope import COMPONENT, FILE, shipped
from governance.catalog.model import Catalog, Component
from governance.compat.change.model import WORDS, Operation
from governance.compat.verdict import Comparison
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, whole_comparison
from governance.schema.dialect import DRAFT_2020_12
from governance.schema.json import identity

_HARMLESS = WORDS | {Operation.REORDERED}


def _check(comparison: Comparison, _: Context) -> Iterator[Complaint]:
    old, new = _envelope(comparison.old), _envelope(comparison.new)
    said = [one.tree.schema if one else shipped() for one in (old, new)]
    if identity(said[0]) == identity(said[1]):
        return
    from governance.compat.answer import Schema  # noqa: PLC0415  an envelope hardly ever changes
    from governance.compat.changes import changes  # noqa: PLC0415  as said
    from governance.compat.views import View  # noqa: PLC0415  as said
    from governance.compat.words import named  # noqa: PLC0415  as said

    before, after = (Schema(one, DRAFT_2020_12) for one in said)
    for one in changes(before, after, View.GOVERNED):
        if one.operation in _HARMLESS or (one.operation is Operation.ADDED and not one.breaks):
            continue
        place = comparison.place_in(f"{FILE}.yaml", "")
        if new is not None:
            place = new.at(one.pointer, on_key=True)
        related: tuple[tuple[str, Place], ...] = ()
        if old is not None and one.old_pointer is not None:
            related = (("before", old.at(one.old_pointer, on_key=True)),)
        help_ = "Undo it: an envelope grows by optional fields, and by nothing else."
        message = f"{named(one, 'the envelope')} in the envelope that every event has"
        change = one.operation.name.lower()
        yield Complaint(place, message, help_, related=related, change=change)


def _envelope(catalog: Catalog) -> Component | None:
    for file in catalog.files:
        if file.relative.rsplit(".", 1)[0] == FILE:
            for component in file.components:
                if component.name == COMPONENT:
                    return component
    return None


RULE = Rule(
    id="KEB719",
    name="envelope-changed",
    severity=Severity.ERROR,
    section="7",
    rationale="Every event of every participant carries the envelope. Who changes it changes all "
    "of them at once, those in the stream included.",
    bad="""\
# baseline
# file: base_event.yaml
components:
  schemas:
    BaseEvent:
      type: object
      properties:
        tenant: {type: string}
        region: {type: string, maxLength: 16}
# current
# file: base_event.yaml
components:
  schemas:
    BaseEvent:
      type: object
      properties:
        tenant: {type: string}
        region: {type: string, maxLength: 8}
""",
    good="""\
# baseline
# file: base_event.yaml
components:
  schemas:
    BaseEvent:
      type: object
      properties:
        tenant: {type: string}
# current
# file: base_event.yaml
components:
  schemas:
    BaseEvent:
      type: object
      properties:
        tenant: {type: string}
        region: {type: string, maxLength: 8}
""",
    check=whole_comparison(_check),
)
