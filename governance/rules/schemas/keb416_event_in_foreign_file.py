"""KEB416: an event stands in the file of another domain."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import Catalog
from governance.catalog.names import words
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, whole_catalog


def _check(context: Context) -> Iterator[Complaint]:
    homes = _homes(context.catalog)
    for file in context.catalog.files:
        domain = file.text("domain") if context.wants(file.document) else None
        for event in file.events if domain else ():
            first, *rest = event.name.segments
            others = homes.get(_plain(first), ())
            if not rest or file.relative in others or not others:
                continue
            message = f"{event.type} is an event of {first}, but this file is the one of {domain}"
            help_ = f"Move it to {' or '.join(others)}."
            yield Complaint(event.at(on_key=True), message, help_)


def _homes(catalog: Catalog) -> dict[str, list[str]]:
    """Return the files with the events of each domain, whatever its spelling."""
    homes: dict[str, list[str]] = {}
    for file in catalog.files:
        if file.events:
            homes.setdefault(_plain(file.text("domain") or ""), []).append(file.relative)
    homes.pop("", None)
    return homes


def _plain(name: str) -> str:
    return "".join(words(name)).lower()


RULE = Rule(
    id="KEB416",
    name="event-in-foreign-file",
    severity=Severity.ERROR,
    section="4.1",
    rationale="The file decides on stream and owner: an event in the file of another domain goes "
    "out on a stream where its readers do not look, and is approved by people who do not know it.",
    bad="""\
domain: Task
events:
  Order.Invoice.Issued.v1: {}
# file: order.yaml
domain: Order
events:
  Order.Invoice.Paid.v1: {}
""",
    good="""\
domain: Task
events:
  Task.Assignment.Created.v1: {}
# file: order.yaml
domain: Order
events:
  Order.Invoice.Issued.v1: {}
  Order.Invoice.Paid.v1: {}
""",
    check=whole_catalog(_check),
)
