"""KEB509: the name of a shared schema is not UpperCamelCase."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.model import Component
from governance.catalog.names import is_upper_camel, upper_camel
from governance.catalog.renames import rename_component
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_component


def _check(component: Component, context: Context) -> Iterator[Complaint]:
    if is_upper_camel(component.name):
        return
    made, fix = upper_camel(component.name), None
    help_ = (
        "Use letters A to Z and digits, a capital letter for each word, such as 'PostalAddress'."
    )
    if made:
        help_ = f"Call it {made!r}, also in every `$ref` to it."
        make = partial(rename_component, context.catalog, component, made)
        fix = Fix(f"call it {made!r}", make, is_safe=False)
    message = f"the name {component.name!r} of a shared schema is not UpperCamelCase"
    yield Complaint(component.at(on_key=True), message, help_, fix=fix)


RULE = Rule(
    id="KEB509",
    name="component-name-not-upper-camel-case",
    severity=Severity.WARNING,
    section="5",
    rationale="Shared schemas become classes in generated code and documents; in one spelling they "
    "keep their name there.",
    bad="""\
components:
  schemas:
    postal_address: {type: object}
""",
    good="""\
components:
  schemas:
    PostalAddress: {type: object}
""",
    check=each_component(_check),
    fixes=(UNSAFE,),
)
