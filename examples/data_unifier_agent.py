"""DataUnifierAgent: brings the results of tasks into one form and stores them.

Run it by ``python data_unifier_agent.py URL DATABASE``, beside a folder ``event_schemas``.
"""

from __future__ import annotations

import signal
import sqlite3
import sys
from pathlib import Path
from uuid import UUID, uuid5

from governance.bus.event import Event
from governance.bus.threads import KEBClient
from governance.catalog.files import read_folder
from governance.catalog.load import load

NAME = "DataUnifierAgent"
COMPLETED = "Task.Execution.Completed.v1"
UNIFIED, REJECTED = "DataUnification.Batch.Unified.v1", "DataUnification.Batch.Rejected.v1"
_TABLE = """
CREATE TABLE IF NOT EXISTS record (
  batch_id TEXT, task_id TEXT, name TEXT, value TEXT, PRIMARY KEY (batch_id, name)
)
"""


class DataUnifierAgent:
    """Stores what tasks produced, a row for each field.

    Args:
        client: The bus.
        database: Where the rows go.
    """

    def __init__(self, client: KEBClient, database: Path | str) -> None:
        self._client = client
        # The client calls handlers from a thread of its own, one at a time.
        self._database = sqlite3.connect(database, check_same_thread=False)
        self._database.execute(_TABLE)
        client.subscribe(COMPLETED, self.unify, group="data_unifier_group", block_ms=500)

    def unify(self, event: Event) -> None:
        """Store the result of a task, and say so; an event that comes again changes nothing."""
        if event.data["status"] != "success":
            return
        task_id, result = event.data["task_id"], event.data.get("result")
        # The ids follow from the event: what is sent twice is the same, and there once.
        batch_id = str(uuid5(UUID(event.id), "batch"))
        if not result:
            said = {"task_id": task_id, "reason": "no_result"}
            self._client.publish(REJECTED, said, event_id=batch_id)
            return
        rows = [(batch_id, task_id, name, str(value)) for name, value in result.items()]
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", rows)
        said = {"batch_id": batch_id, "task_id": task_id, "record_count": len(rows)}
        self._client.publish(UNIFIED, said, event_id=str(uuid5(UUID(event.id), "unified")))

    def stored(self) -> list[tuple[str, ...]]:
        """Return every row."""
        return self._database.execute("SELECT * FROM record ORDER BY batch_id, name").fetchall()


def main(url: str, database: str) -> None:
    """Work until told to stop."""
    catalog = load(read_folder(Path("event_schemas"), 2_000_000))
    with KEBClient(url, catalog, source=NAME) as client:
        DataUnifierAgent(client, database)
        signal.signal(signal.SIGTERM, lambda *_: client.stop())
        client.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
