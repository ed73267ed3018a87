"""KEB508: the name of a catalog file is not snake_case."""

from __future__ import annotations

from collections.abc import Iterator

from governance.catalog.model import SourceFile
from governance.catalog.names import is_snake, snake
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file


def _check(file: SourceFile, _: Context) -> Iterator[Complaint]:
    # A number in front puts files in order.
    if is_snake(file.stem.lstrip("0123456789_") or "_") and not file.stem.startswith("_"):
        return
    name, made = file.relative.rsplit("/", 1)[-1], snake(file.stem)
    help_ = "Use letters a to z and digits, with '_' between words."
    if made:
        help_ = f"Rename it to '{made}.{name.rsplit('.', 1)[-1]}', also in every `$ref` to it."
    yield Complaint(file.at(), f"the file name {name!r} is not snake_case", help_)


RULE = Rule(
    id="KEB508",
    name="file-name-not-snake-case",
    severity=Severity.WARNING,
    section="5",
    rationale="One spelling for all files: a `$ref` works on every machine, also where upper and "
    "lower case are one, and a file is found without guessing.",
    bad="""\
# file: TaskEvents.yaml
events:
  Task.Assignment.Created.v1: {}
""",
    good="""\
# file: task_events.yaml
events:
  Task.Assignment.Created.v1: {}
""",
    check=each_file(_check),
)
