"""The faults that are injected into the bus, by their numbers, and what the ledgers say of each.

A test says which it injects by the marker ``injection``; ``--keb-ledger`` prints the table.

Source: bus.md, section 6.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.bus.ledger import Ledger, Tally

FAULTS = {
    1: "consumer killed in mid-batch",
    2: "consumer killed between effect and ack",
    3: "server killed, append-only file",
    4: "server killed without persistence",
    5: "tail of the append-only file cut",
    6: "reply of a publish lost",
    7: "reply of a read lost",
    8: "reply of an ack lost",
    9: "line stalls or trickles",
    10: "group gone while blocked or idle",
    11: "trimmed or deleted, unread or pending",
    12: "same event published twice",
    13: "clock ahead, behind, back",
    14: "slot moved, node killed",
    15: "failover with a lagging replica",
    16: "old primary still writable",
    17: "memory full, then freed",
    18: "server that evicts",
    19: "server that still loads",
    20: "poison event",
    21: "handler slower than the claim",
    22: "a thousand short-lived consumers",
    23: "cancelled at every await",
    24: "signal while at work, idle, twice",
    25: "another catalog",
    26: "garbage in the stream",
    27: "right, password, certificate lacking",
    28: "a group that never reads",
}
FULL_SIZE = pytest.mark.skipif(
    "KEB_FULL_SIZE" not in os.environ, reason="takes its time: set KEB_FULL_SIZE=1"
)
_INJECTED, _TALLY = "keb_injected", "keb_tally"
_NO_SERVER = "-"


def mark(item: pytest.Item) -> None:
    """Write down which faults a test injects, and into which kind of server."""
    rows = sorted({row for marker in item.iter_markers("injection") for row in marker.args})
    if unknown := set(rows) - FAULTS.keys():
        raise pytest.UsageError(f"{item.nodeid}: no such fault: {unknown}")
    if rows:
        spec = getattr(item, "callspec", None)
        kind = spec.params.get("program", _NO_SERVER) if spec is not None else _NO_SERVER
        # Reports carry it, from whichever process they come.
        item.user_properties.append((_INJECTED, [kind, *rows]))


def audit(ledger: Ledger, group: str, item: pytest.Item) -> None:
    """Write down what the ledger of a test says; nothing may be lost, or done twice unforeseen."""
    tally = ledger.tally(group)
    item.user_properties.append((_TALLY, list(tally)))
    assert (tally.lost, tally.duplicates) == (0, tally.allowed)


def table(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """Yield a line for each fault and kind of server; a test that injects two counts for both."""
    tests: dict[tuple[int, str], int] = defaultdict(int)
    sums: dict[tuple[int, str], Tally] = defaultdict(Tally)
    for report in reports:
        said: dict[str, Any] = dict(report.user_properties)
        kind, *rows = said.get(_INJECTED, [_NO_SERVER])
        for row in rows:
            tests[row, kind] += 1
            sums[row, kind] += Tally(*said.get(_TALLY, ()))
    names = "".join(f"{name:>11}" for name in ("tests", *Tally._fields))
    yield f"{'':<44}{'server':<8}{names}"
    for row, about in FAULTS.items():
        kinds = sorted(kind for number, kind in tests if number == row)
        for kind in kinds:
            numbers = "".join(f"{n:>11,}" for n in (tests[row, kind], *sums[row, kind]))
            yield f"{row:>2}  {about:<40}{kind:<8}{numbers}"
        if not kinds:
            yield f"{row:>2}  {about:<40}none"
