"""A private primary with a replica, and a sentinel that puts the one in the other's place."""

from __future__ import annotations

from redis import ResponseError

from governance.contract.find import Binary
from governance.contract.server import Server
from governance.contract.topology import Topology
from governance.contract.until import LONGEST_SECONDS, until
from governance.errors import ServerError

NAME = "keb"
_DOWN_AFTER_MS = 500
_FAILOVER_MS = 3000
_CONFIRM_MS = 1000
# A failover takes a second.
_PATIENCE_SECONDS = 8.0


class Sentinel(Topology):
    """Two servers and one sentinel; a context manager.

    Args:
        binary: The program, as ``find`` gives it.

    Attributes:
        name: Under which the sentinel knows the primary.
        servers: The two servers; the first is the first primary.
        watcher: The sentinel. It exists from ``start`` on.
    """

    name = NAME

    def __init__(self, binary: Binary) -> None:
        self._binary = binary
        first = Server(binary)
        self.servers = (first, Server(binary, password=first.password))
        self.watcher = Server(binary)

    @property
    def url(self) -> str:
        """The URL of the sentinel."""
        return self.watcher.tcp_url

    @property
    def password(self) -> str:
        """The password of both servers; that of the sentinel is in its URL."""
        return self.servers[0].password

    @property
    def primary(self) -> Server:
        """The server that the sentinel names as primary."""
        # GET-MASTER-ADDR-BY-NAME is ahead of this in a failover, and not every client asks for it.
        port = int(_fields(self.watcher.ask("SENTINEL", "MASTER", NAME))[b"port"])
        return next(server for server in self.servers if server.port == port)

    @property
    def replica(self) -> Server:
        """The other one, running or not."""
        primary = self.primary
        return next(server for server in self.servers if server is not primary)

    def start(self) -> None:
        """Start all, and return when a failover could be.

        Raises:
            ServerError: One does not start, or they come to no agreement.
        """
        primary, replica = self.servers
        primary.start()
        replica.start()
        replica.ask("REPLICAOF", "127.0.0.1", primary.port)
        until("the replica has what the primary has", lambda: _is_followed(primary))
        # It learns of replicas when it first asks the primary, and then every ten seconds only.
        self.watcher = Server(self._binary, config=self._watch(primary))
        self.watcher.start()
        until("the sentinel knows a replica in order", self._is_replica_fit)

    def failover(self) -> Server:
        """Have the replica made primary while both run, and return the new primary.

        Raises:
            ServerError: It is not done in time.
        """
        was = self.primary
        until("the sentinel begins", self._is_begun)
        try:
            return self.new_primary(was, _PATIENCE_SECONDS)
        except ServerError:
            # A sentinel gives one up where the replica was silent for a moment.
            until("the sentinel begins again", self._is_begun)
            return self.new_primary(was)

    def _is_begun(self) -> bool:
        """Ask for a failover; it may be under way, or the replica not fit at this moment."""
        try:
            self.watcher.ask("SENTINEL", "FAILOVER", NAME)
        except ResponseError as error:
            return "INPROG" in str(error)
        return True

    def new_primary(self, was: Server, within_seconds: float = LONGEST_SECONDS) -> Server:
        """Wait until another server is primary, in the sentinel's eyes and its own; return it.

        Args:
            was: The primary before, as one that was killed.
            within_seconds: How long to wait.

        Raises:
            ServerError: There is none in time.
        """
        until(
            "another server is primary",
            lambda: self.primary is not was and self.primary.ask("ROLE")[0] == b"master",
            within_seconds,
        )
        return self.primary

    def _all(self) -> tuple[Server, ...]:
        return (self.watcher, *self.servers)

    def _watch(self, primary: Server) -> tuple[str, ...]:
        return (
            f"sentinel monitor {NAME} 127.0.0.1 {primary.port} 1",
            f"sentinel auth-pass {NAME} {primary.password}",
            f"sentinel down-after-milliseconds {NAME} {_DOWN_AFTER_MS}",
            f"sentinel failover-timeout {NAME} {_FAILOVER_MS}",
        )

    def _is_replica_fit(self) -> bool:
        replicas = self.watcher.ask("SENTINEL", "REPLICAS", NAME)
        return any(_fields(replica)[b"master-link-status"] == b"ok" for replica in replicas)


def _is_followed(primary: Server) -> bool:
    """Say whether a replica confirms what comes; one that is connected may still get nothing."""
    with primary.client() as client:
        client.publish("keb", "")  # a confirmation needs something to confirm, and WAIT asks for it
        client.wait(1, _CONFIRM_MS)
    return any(int(offset) > 0 for _, _, offset in primary.ask("ROLE")[2])


def _fields(flat: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
