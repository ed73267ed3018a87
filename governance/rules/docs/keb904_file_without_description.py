"""KEB904: the file of a domain has no description."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import Layout, SourceFile
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file, says
from governance.schema.json import as_object


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    root = as_object(file.document.root)
    if file.layout is Layout.DOMAIN and not says(root, "description"):
        domain = file.text("domain")
        subject = f"the domain {domain}" if domain else "this file"
        message = f"nothing says what {subject} is about"
        help_ = "Say at the top, in a sentence, what its events are about: `description: ...`."
        yield Complaint(file.at("/description", on_key=True), message, help_)


RULE = Rule(
    id="KEB904",
    name="file-without-description",
    severity=Severity.WARNING,
    section="9",
    rationale="The description of a domain is what somebody reads who looks for the right place "
    "for a new event; docs/events.md starts each chapter with it.",
    bad="""\
domain: Task
events: {}
""",
    good="""\
domain: Task
description: Assignment, progress and completion of tasks.
events: {}
""",
    check=each_file(_check),
)
