"""KEB512: the name of a domain is not UpperCamelCase."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from governance.catalog.edits import write
from governance.catalog.model import SourceFile
from governance.catalog.names import is_upper_camel, upper_camel
from governance.finding import UNSAFE, Fix, Severity
from governance.rules import Complaint, Context, Rule, each_file


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    domain = file.text("domain")
    if domain is None or is_upper_camel(domain):
        return
    made, fix = upper_camel(domain), None
    help_ = (
        "Use letters A to Z and digits, a capital letter for each word, such as 'AgentLifecycle'."
    )
    if made:
        help_ = f"Write `domain: {made}`."
        fix = Fix(
            help_[:1].lower() + help_[1:-1], partial(write, file.at("/domain"), made), is_safe=False
        )
    message = f"the domain {domain!r} is not UpperCamelCase"
    yield Complaint(file.at("/domain"), message, help_, fix=fix)


RULE = Rule(
    id="KEB512",
    name="domain-not-upper-camel-case",
    severity=Severity.ERROR,
    section="5",
    rationale="The domain is the first part of every event type of its file, and must be spelled "
    "as it stands there.",
    bad="""\
domain: agent_lifecycle
events:
  AgentLifecycle.Agent.Started.v1: {}
""",
    good="""\
domain: AgentLifecycle
events:
  AgentLifecycle.Agent.Started.v1: {}
""",
    check=each_file(_check),
    fixes=(UNSAFE,),
)
