"""What a governed event says beside the schema of its payload, and how it is written down."""

from __future__ import annotations

from typing import NamedTuple

from governance.schema.json import JsonObject

# What a file says of itself before its events.
OF_FILE = ("$schema", "domain", "stream", "owner", "description")


class Head(NamedTuple):
    """What is said of an event beside its schema.

    Attributes:
        name: Its event type from now on.
        said: What it did not say before, by key.
        lifted: What it said within brackets: each key, and its value as it stood there.
    """

    name: str
    said: JsonObject
    lifted: tuple[tuple[str, str], ...] = ()
