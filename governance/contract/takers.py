"""The handlers and producers that a team plugs in, in whichever form it gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from governance.bus.aio import AsyncKEBClient
from governance.bus.declared import Declarations
from governance.bus.session import Client
from governance.bus.subscription import readings
from governance.bus.threads import Handler, KEBClient
from governance.catalog.model import Catalog
from governance.contract.stage import Stage
from governance.errors import UsageError

UNNAMED = "keb-contract"
"""The group of a handler of which nobody says a group."""


class Taker(NamedTuple):
    """A handler, and what it is subscribed to.

    Attributes:
        event_type: The event type.
        group: The consumer group.
        handler: The handler.
        reading: Further settings of its subscription, as ``Reading`` has them.
    """

    event_type: str
    group: str
    handler: Handler
    reading: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What tells it from others."""
        return f"{self.event_type} as {self.group}"


class _Remembering(Client[Any]):
    def __init__(self, stage: Stage, source: str) -> None:
        super().__init__(stage.url, stage.catalog, source=source, name=source)
        self.takers: list[Taker] = []

    def subscribe(
        self, what: str, handler: Handler, *, group: str, workers: int = 1, **reading: Any
    ) -> None:
        """Subscribe, as every client does."""
        super().subscribe(what, handler, group=group, workers=workers, **reading)
        types = _types(self.session.declarations, what)
        self.takers += [Taker(one, group, handler, reading) for one in types]


class ContractClient(_Remembering, KEBClient):
    """A client that remembers its subscriptions, for others to carry out."""


class AsyncContractClient(_Remembering, AsyncKEBClient):
    """The same for asyncio."""


def _types(declarations: Declarations, what: str) -> list[str]:
    """Return the event types that a subscription means."""
    found: set[str] = set()
    for stream, types in readings(declarations, what):
        every = declarations.catalog.by_type.values()
        found |= types or {one.type for one in every if one.stream == stream}
    return sorted(found)


def takers(plugged: Any, catalog: Catalog) -> list[Taker]:
    """Return the handlers that a fixture gives.

    Args:
        plugged: Handlers by event type, or by event type and group; or a client that has its
            subscriptions.
        catalog: The catalog.

    Raises:
        UsageError: It is neither, or names an event that the catalog does not have.
    """
    if isinstance(plugged, ContractClient | AsyncContractClient):
        return plugged.takers
    if not isinstance(plugged, Mapping):
        raise UsageError(
            "keb_handlers gives handlers by event type, {'Task.Assignment.Created.v1': handle}, or "
            "the keb_client, or the keb_async_client, with its subscriptions"
        )
    found = []
    for key, handler in plugged.items():
        name, group = key if isinstance(key, tuple) else (key, None)
        event_type = known(name, catalog)
        found.append(Taker(event_type, group or _group(event_type, catalog), handler, {}))
    return found


def known(name: str, catalog: Catalog) -> str:
    """Return the event type of a name.

    Raises:
        UsageError: The catalog has none of it.
    """
    event = catalog.by_name.get(name)
    if event is None:
        raise UsageError(f"the catalog has no event {name!r}{catalog.unread}")
    return event.type


def producers(plugged: Any, catalog: Catalog) -> dict[str, Callable[[KEBClient], object]]:
    """Return the producers that a fixture gives, by event type.

    Raises:
        UsageError: It gives something else, or names an event that the catalog does not have.
    """
    if not isinstance(plugged, Mapping):
        raise UsageError(
            "keb_producers gives what publishes by event type, "
            "{'Task.Assignment.Created.v1': produce}, each called with a client"
        )
    return {known(name, catalog): produce for name, produce in plugged.items()}


def _group(event_type: str, catalog: Catalog) -> str:
    """Return the only group that the catalog knows for an event."""
    groups = {
        one.group
        for person in catalog.participants
        for one in person.subscribes
        if one.event == event_type and one.group
    }
    return groups.pop() if len(groups) == 1 else UNNAMED
