"""KEB903: a component has no description."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.description import is_described
from governance.catalog.model import Component
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_component


def _check(component: Component, context: Context) -> Iterator[Complaint]:
    # One that only passes another on needs no words of its own.
    if not is_described(context.catalog, component.tree):
        message = f"the component {component.name} has no description"
        help_ = "Say in a sentence what it stands for: `description: ...`."
        yield Complaint(component.at("/description", on_key=True), message, help_)


RULE = Rule(
    id="KEB903",
    name="component-without-description",
    severity=Severity.WARNING,
    section="9",
    rationale="A shared shape is used by people who did not write it; without a word on what it "
    "stands for, each of them reads something else into it.",
    bad="""\
components:
  schemas:
    Money:
      type: object
""",
    good="""\
components:
  schemas:
    Money:
      type: object
      description: An amount in a currency.
""",
    check=each_component(_check),
    silenced_by=("KEB415", "KEB601"),
)
