"""The keys of one stream and of what stands beside it."""

from __future__ import annotations

from typing import NamedTuple


class Keys(NamedTuple):
    """The keys of a stream.

    Attributes:
        stream: The stream, called as the catalog calls it.
        beside: What the keys beside it start with. On a cluster that is ``{stream}``, so that all
            lie in the slot of the stream, and one script may touch them together.
    """

    stream: str
    beside: str

    @classmethod
    def of(cls, stream: str, *, is_cluster: bool) -> Keys:
        """Return the keys of a stream."""
        # A name with braces of its own has its slot already.
        is_tagged = is_cluster and "{" not in stream
        return cls(stream, f"{{{stream}}}" if is_tagged else stream)

    @property
    def dead(self) -> str:
        """The stream of its dead letters."""
        return f"{self.beside}:dead"

    def sent(self, event_id: str) -> str:
        """The mark that an event was appended."""
        return f"{self.beside}:sent:{event_id}"

    def seen(self, group: str, event_id: str) -> str:
        """The mark that a group has handled an event."""
        return f"{self.beside}:seen:{group}:{event_id}"

    def missing(self, group: str) -> str:
        """What was told of entries that a group was never handed."""
        return f"{self.beside}:missing:{group}"

    def position(self, group: str) -> str:
        """Up to where a group has everything behind it."""
        return f"{self.beside}:position:{group}"
