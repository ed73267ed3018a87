"""Private servers that belong together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

from governance.contract.server import Server


class Topology(ABC):
    """Servers that belong together; as a context manager they start, and are killed at the end."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Start all, and return when they agree that all is well.

        Raises:
            ServerError: One does not start, or they come to no agreement.
        """

    def stop(self) -> None:
        """Kill all, and remove what they wrote."""
        for server in self._all():
            server.kill()
            server.stop()

    @abstractmethod
    def _all(self) -> tuple[Server, ...]:
        """Return every server there is now."""
