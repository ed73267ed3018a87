"""Log lines for machines: one JSON object each, with what the bus knows of an event.

All of it is logged by the logger ``keb``; a record about an event has ``keb_stream``,
``keb_group``, ``keb_consumer``, ``keb_event_id``, ``keb_event_type`` and ``keb_correlation_id``.
One about events that a server has lost has ``keb_stream``, and their ids as ``keb_event_ids``.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

_OURS = "keb_"


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON, for a handler's ``setFormatter``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {
            "time": f"{at[:-6]}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key.startswith(_OURS)},
        }
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str)
