"""A server and a catalog on it: what contract tests send there past the client, and find there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from contextvars import copy_context
from typing import Any, NamedTuple

from governance.bus.commands import Ask, Line, Part, Reply, ReplyError
from governance.bus.connect import Target
from governance.bus.declared import Declarations, Unreadable
from governance.bus.encoding import encode
from governance.bus.event import Event, Place
from governance.bus.identity import Ids
from governance.bus.keys import Keys
from governance.bus.lines import Lines
from governance.bus.now import Now
from governance.bus.threads import KEBClient
from governance.catalog.model import Catalog
from governance.errors import ServerError
from governance.schema.json import Json, JsonObject

SOURCE = "keb-contract"
_LONG_MS = 3_600_000


class Sent(NamedTuple):
    """An event on its way to a handler, past the client.

    Attributes:
        id: The id of the event.
        whole: All that it says.
        data: The same, as it stands in the entry.
    """

    id: str
    whole: JsonObject
    data: bytes


class Stage:
    """A server and a catalog on it.

    Args:
        url: Where the server is.
        catalog: The catalog.

    Raises:
        ServerError: There are streams of the catalog already: it is no server for tests.
    """

    def __init__(self, url: str, catalog: Catalog) -> None:
        self.url = url
        self.catalog = catalog
        self.declarations = Declarations(catalog)
        self.streams = sorted({one.stream for one in catalog.events if one.stream})
        self.client = KEBClient(url, catalog, source=SOURCE, name=SOURCE)
        self._ids = Ids(Now())
        self._target = Target.of(url)
        self.lines = Lines(self._target)
        self._runner = asyncio.Runner()
        taken = [one for one in self.streams if self.ask("EXISTS", one)]
        if taken:
            raise ServerError(
                f"{taken[0]} exists on the server: contract tests write to the streams of the "
                "catalog, so name a server that has none of them"
            )

    def read(self, event_type: str, sent: Sent) -> Event | Unreadable:
        """Return the event that an entry holds for today's readers."""
        place = Place(self.stream_of(event_type), "0-1", SOURCE, 1)
        return self.declarations.read(sent.data, place)

    def keys(self, stream: str) -> Keys:
        """Return the keys of a stream."""
        return Keys.of(stream, is_cluster=self._target.kind == "cluster")

    def stream_of(self, event_type: str) -> str:
        """Return the stream that carries an event.

        Raises:
            CatalogError: There is no such event, or it is on no stream.
        """
        return self.declarations.of(event_type).stream

    def entry(
        self, event_type: str, data: JsonObject, more: JsonObject | None = None, /, **base: str
    ) -> Sent:
        """Return an entry as any writer may append it, whatever is in it.

        Args:
            event_type: The event type.
            data: The payload.
            more: Fields that stand both beside the base fields and in the payload.
            base: Base fields that are otherwise than usual.
        """
        declared = self.declarations.of(event_type)
        usual: JsonObject = {
            "event_id": self._ids.new(),
            "event_type": declared.name,
            "event_version": declared.version,
            "timestamp_iso": "2026-01-31T12:00:00.000Z",
            "source_system_id": SOURCE,
        }
        extra = more or {}
        whole = {**declared.beside(usual | base, data), **extra, "data": {**data, **extra}}
        return Sent(usual["event_id"], whole, encode(whole))

    def ask(self, *words: Part) -> Reply:
        """Return the answer to one command."""
        return self.lines.perform(Ask(Line.ADMIN, words))

    def add(self, stream: str, sent: Sent) -> None:
        """Append an entry."""
        self.ask("XADD", stream, "*", "_event_id", sent.id, "data", sent.data)

    def last(self, stream: str) -> str:
        """Return the place of the last entry of a stream; ``0-0`` where there is none."""
        rows = self.ask("XREVRANGE", stream, "+", "-", "COUNT", 1)
        return rows[0][0].decode() if rows else "0-0"

    def mark(self) -> dict[str, str]:
        """Return where each stream of the catalog ends."""
        return {stream: self.last(stream) for stream in self.streams}

    def since(self, mark: Mapping[str, str]) -> list[tuple[str, dict[str, bytes]]]:
        """Return the entries behind a mark, each with its stream."""
        return [
            (stream, _fields(row[1]))
            for stream, at in mark.items()
            for row in self.ask("XRANGE", stream, f"({at}", "+")
        ]

    def forget(self, stream: str, group: str) -> None:
        """Remove a group, so that it starts anew."""
        try:
            self.ask("XGROUP", "DESTROY", stream, group)
        except ReplyError as error:
            if "no such key" not in str(error).lower() and "key to exist" not in str(error).lower():
                raise
        self.ask("DEL", self.keys(stream).position(group))

    def let_time_pass(self, stream: str, group: str) -> None:
        """Let what a consumer has not acknowledged lie there as if it had ended long ago."""
        for entry_id, consumer, _, _ in self.ask("XPENDING", stream, group, "-", "+", 100):
            words = ("XCLAIM", stream, group, consumer, 0, entry_id)
            self.ask(*words, "IDLE", _LONG_MS, "JUSTID")

    def run(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine to its end; all of them run in one event loop."""
        self._runner.run(coroutine, context=copy_context())

    def close(self) -> None:
        """Remove what was sent, and close every connection."""
        for stream in self.streams:
            keys, cursor = self.keys(stream), b"0"
            self.ask("DEL", stream, keys.dead)
            while True:
                cursor, found = self.ask("SCAN", cursor, "MATCH", f"{keys.beside}:*", "COUNT", 1000)
                if found:
                    self.ask("DEL", *found)
                if cursor == b"0":
                    break
        self.client.close()
        self.lines.close()
        self._runner.close()


def whole_of(fields: Mapping[str, bytes]) -> JsonObject:
    """Return the event that an entry holds; of garbage, its text."""
    try:
        value: Json = json.loads(fields.get("data", b""))
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"data": text(fields.get("data", b""))}


def _fields(listed: list[bytes]) -> dict[str, bytes]:
    return {text(name): value for name, value in zip(listed[::2], listed[1::2], strict=True)}


def text(value: bytes) -> str:
    """Return a text of the server, whatever is in it."""
    return value.decode(errors="replace")
