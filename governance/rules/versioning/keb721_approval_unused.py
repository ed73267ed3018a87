"""KEB721: an approval fits no break."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.approval import Approval
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_approval


def _check(approval: Approval, context: Context) -> Iterator[Complaint]:
    comparison = context.comparison
    if comparison is None or approval.missing:
        return
    used = {
        one.approval.fingerprint
        for verdict in comparison.events
        for one in verdict.breaks
        if one.approval is not None
    }
    event = comparison.new.by_type.get(approval.event)
    # Of what was merged, it tells a promise to all releases from where on that holds.
    if approval.fingerprint in used or (event is not None and is_kept(approval, context)):
        return
    message = f"this approval fits no change of {approval.event}, compared with {comparison.label}"
    help_ = (
        "If the change has been merged, delete the file: it has done its work. If the change was "
        "made differently since, approve it anew by `keb-govern approve`."
    )
    yield Complaint(approval.at("fingerprint"), message, help_)


def is_kept(approval: Approval, context: Context) -> bool:
    """Say whether an event promises to fit all its releases since the approved one."""
    event = context.catalog.by_type[approval.event]
    said = event.declaration.get("compatibility", context.config.compatibility)
    return isinstance(said, str) and said.endswith("_transitive") and approval.version is not None


RULE = Rule(
    id="KEB721",
    name="approval-unused",
    severity=Severity.WARNING,
    section="7",
    rationale="An approval fits one change. One that is left lying about looks as if more had been "
    "agreed to than was.",
    bad="""\
# baseline
events:
  Task.Assignment.Created.v1: {event_version: 1.0.0}
# current
events:
  Task.Assignment.Created.v1: {event_version: 1.0.0}
# approval
event: Task.Assignment.Created.v1
fingerprint: 00c1a3e5f7092b4d
reason: No reader has ever been deployed.
owner: orchestration
date: 2026-11-20
""",
    good="""\
# baseline
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    data: {type: object, properties: {priority: {type: integer}}}
# current
events:
  Task.Assignment.Created.v1:
    event_version: 1.1.0
    data: {type: object, properties: {priority: {type: string}}}
# approval
event: Task.Assignment.Created.v1
fingerprint: 31aa606a310d1883
reason: No reader has ever been deployed.
owner: orchestration
date: 2026-11-20
""",
    check=each_approval(_check),
)
