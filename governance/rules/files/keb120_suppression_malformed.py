"""KEB120: a suppression comment can't be read, or names no rule that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.catalog.suppression import Outcome
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, all_rules, closest, each_suppression

_NO_DIGITS = re.compile(r"[^0-9]+")
_FORM = "Write it like `# keb: ignore[KEB605] until 2027-01-31: reason`; the date is optional."


def _check(outcome: Outcome, _: Context) -> Iterator[Complaint]:
    comment = outcome.suppression
    if comment.malformed:
        message = f"this comment suppresses nothing: {comment.malformed}"
        yield Complaint(comment.place, message, _FORM)
    else:
        for name in sorted(outcome.unknown):
            message = f"this comment suppresses {name!r}, but there is no such rule"
            yield Complaint(comment.place, message, _likely(name))


def _likely(name: str) -> str:
    number = f"KEB{_NO_DIGITS.sub('', name)}"
    rules = all_rules()
    near = number if any(rule.id == number for rule in rules) else None
    near = near or closest(name, [rule.name for rule in rules])
    return f"Did you mean {near!r}?" if near else "`keb-govern rules` lists the rules."


RULE = Rule(
    id="KEB120",
    name="suppression-malformed",
    severity=Severity.ERROR,
    section="8",
    rationale="A suppression is a decision that somebody has to answer for: it says which rule, "
    "why, and if possible until when.",
    bad="""\
domain: Task
events:
  # keb: ignore[KEB801]
  Task.Assignment.Created.v1: {}
""",
    good="""\
domain: Task
events:
  # keb: ignore[KEB801] until 2027-01-31: the team is being formed
  Task.Assignment.Created.v1: {}
""",
    check=each_suppression(_check),
)
