"""One question to a server, for whoever waits for the answer; a person is told what is wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from governance.bus.commands import ReplyError, Steps, T, UnansweredError, UnsentError
from governance.bus.connect import Target, shown
from governance.bus.entries import Entry, Reader
from governance.bus.keys import Keys
from governance.bus.lines import Lines, drive
from governance.bus.retry import Backoff
from governance.errors import BusError

LOG = logging.getLogger("keb")
# Soon enough for somebody who looks on.
_PAUSE_S = 0.2


class Asking:
    """A server that is asked, one question after the other.

    Args:
        url: Where it is: see ``connect``.
    """

    def __init__(self, url: str) -> None:
        target = Target.of(url)
        self._url = shown(url)
        self._is_cluster = target.kind == "cluster"
        self._lines = Lines(target)
        # From then on who follows waits for it, and is not told that there is none.
        self._has_answered = False

    def keys(self, stream: str) -> Keys:
        """Return the keys of a stream."""
        return Keys.of(stream, is_cluster=self._is_cluster)

    def ask(self, steps: Steps[T]) -> T:
        """Carry out what a core asks for; return what it returns.

        Raises:
            BusError: The server does not answer, or refuses.
        """
        try:
            answer = drive(steps, self._lines.carry_out)
        except UnsentError as error:
            doubt = "; rediss:// is TLS: does it speak that?" if "s://" in self._url else ""
            raise BusError(
                f"no server answers at {self._url} ({error}): start one by `keb-govern bus up`, or "
                f"say where it is by --url or KEB_URL{doubt}"
            ) from error
        except UnansweredError as error:
            raise BusError(f"{self._url} did not answer ({error}): try again") from error
        except ReplyError as error:
            raise BusError(f"{self._url} refuses: {error}") from error
        self._has_answered = True
        return answer

    def entries(
        self, reader: Reader, *, follow: bool, between: Callable[[], None] | None = None
    ) -> Iterator[Entry]:
        """Yield what a reader reads.

        Args:
            reader: The reader.
            follow: Whether to go on with what is appended, whatever becomes of the server
                meanwhile; otherwise that ends with what is there now.
            between: Called between one read and the next, whatever became of it.
        """
        if not follow:
            self.ask(reader.end_here())
        backoff = Backoff(0.1, 2.0)
        while True:
            try:
                found = self.ask(reader.read())
            except BusError as error:
                if not (follow and self._has_answered):
                    raise
                LOG.warning("%s", error)
                if between is not None:
                    between()
                time.sleep(backoff.next_s())
                continue
            backoff.reset()
            yield from found
            if between is not None:
                between()
            if not found:
                if not follow:
                    return
                time.sleep(_PAUSE_S)
