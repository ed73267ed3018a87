"""Effects outside of Redis, once: the handler's own database remembers which events it has had.

The note and the effect are one transaction: whatever ends the process, both are there or neither.

    once = Once("billing", sqlite3.paramstyle)

    def handler(event: Event) -> None:
        with connection:  # one transaction
            if once.is_first(connection.cursor(), event):
                connection.execute("UPDATE accounts SET ...")

For databases that have ``ON CONFLICT``: PostgreSQL, SQLite 3.24, CockroachDB, DuckDB.
"""

from __future__ import annotations

import re
import time
from typing import Protocol

from governance.bus.event import Event
from governance.errors import BusError

_MARKS = {
    "qmark": ("?", "?", "?"),
    "numeric": (":1", ":2", ":3"),
    "format": ("%s", "%s", "%s"),
    "pyformat": ("%s", "%s", "%s"),
}


class Cursor(Protocol):
    """What is asked of a cursor of the Python database API (PEP 249)."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""

    def execute(self, operation: str, parameters: tuple[object, ...] = (), /) -> object:
        """Run a statement."""


class Once:
    """Remembers, in the database of the effects, which events a group has handled.

    Args:
        group: The consumer group.
        paramstyle: How the database module marks parameters: its own ``paramstyle``.
        table: Where it is written down.

    Raises:
        BusError: No such way of marking is known, or this is no name of a table.
    """

    def __init__(self, group: str, paramstyle: str, table: str = "keb_handled") -> None:
        if paramstyle not in _MARKS:
            raise BusError(f"{paramstyle!r} is none of {', '.join(_MARKS)}: see PEP 249")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", table):
            raise BusError(f"{table!r} is no name of a table")
        self._group = group
        marks = _MARKS[paramstyle]
        # The name was looked at above, and no database takes one as a parameter.
        self._create = (
            f"CREATE TABLE IF NOT EXISTS {table} (consumer_group VARCHAR(255) NOT NULL, "
            "event_id VARCHAR(64) NOT NULL, handled_at BIGINT NOT NULL, "
            "PRIMARY KEY (consumer_group, event_id))"
        )
        self._insert = (
            f"INSERT INTO {table} (consumer_group, event_id, handled_at) "  # noqa: S608
            f"VALUES ({', '.join(marks)}) ON CONFLICT DO NOTHING"
        )
        self._delete = (
            f"DELETE FROM {table} WHERE consumer_group = {marks[0]} AND handled_at < {marks[1]}"  # noqa: S608
        )

    def prepare(self, cursor: Cursor) -> None:
        """Make the table, unless it is there."""
        cursor.execute(self._create)

    def is_first(self, cursor: Cursor, event: Event) -> bool:
        """Note an event within the transaction of its effect; say whether it is the first time.

        Of two that handle the same event at once, one waits here for the other's commit.
        """
        cursor.execute(self._insert, (self._group, event.id, int(time.time())))
        return cursor.rowcount == 1

    def forget(self, cursor: Cursor, older_s: float) -> int:
        """Forget events that were handled so long ago; return how many."""
        cursor.execute(self._delete, (self._group, int(time.time() - older_s)))
        return cursor.rowcount
