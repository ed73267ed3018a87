"""What becomes of an event that is published.

    BusError
    ├── Rejected   it does not keep to the catalog: nothing was sent
    ├── NotSure    it was sent and nobody answered: to send the same again is safe
    └── Refused    the server did not take it

Source: bus.md, section 3; the names are from there.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias

from governance.bus.keys import Keys
from governance.errors import BusError
from governance.wire import Fault


class Durability(Enum):
    """What a server has done with an event before ``publish`` returns.

    With ``KERNEL`` the operating system has it, so that the end of the server's process costs
    nothing (``appendonly yes``); but with ``appendfsync everysec`` a server puts that off for up to
    two seconds while its disk is slow.
    """

    MEMORY = "memory"
    KERNEL = "kernel"
    FSYNC = "fsync"
    REPLICATED = "replicated"


class Outgoing(NamedTuple):
    """An event ready to be sent: the same bytes however often it is.

    Attributes:
        type: Its event type, as the catalog has it.
        id: What tells it from all others.
        keys: The keys of its stream.
        data: The whole event, as JSON.
        mark: What tells its payload from another one by the same id.
        version: The SemVer that it is written by.
    """

    type: str
    id: str
    keys: Keys
    data: bytes
    mark: str
    version: str


class Published(NamedTuple):
    """An event that is in its stream.

    Attributes:
        id: What tells it from all others.
        entry_id: Its place in the stream.
        stream: The stream.
        is_duplicate: Whether it was there already.
        durability: What the server has done with it.
    """

    id: str
    entry_id: str
    stream: str
    is_duplicate: bool
    durability: Durability


class Rejected(BusError):  # noqa: N818  as said above
    """The event does not keep to the catalog; nothing was sent.

    Args:
        event_type: Its event type, as it was named.
        faults: What is wrong with it, by place.
    """

    def __init__(self, event_type: str, faults: tuple[Fault, ...]) -> None:
        told = "; ".join(f"{one.pointer or 'the event'}: {one.message}" for one in faults)
        super().__init__(f"{event_type} was not sent: {told}")
        self.event_type = event_type
        self.faults = faults


class NotSure(BusError):  # noqa: N818  as said above
    """The event was sent, and no answer came in time.

    Args:
        event: The event: to send it again leaves one entry.
        why: What happened.
    """

    def __init__(self, event: Outgoing, why: str) -> None:
        super().__init__(
            f"{event.type} {event.id} may or may not have arrived ({why}): send it again by "
            "`send(error.event)`, which leaves one entry"
        )
        self.event = event


class Refused(BusError):  # noqa: N818  as said above
    """The server did not take the event.

    Args:
        event: The event.
        why: What the server said.
    """

    def __init__(self, event: Outgoing, why: str) -> None:
        super().__init__(f"{event.type} {event.id} was refused: {why}")
        self.event = event


Outcome: TypeAlias = Published | Rejected | NotSure | Refused
