"""A private cluster: some servers that share the slots, and slots that move between them."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise

from governance.contract.find import Binary
from governance.contract.server import Server
from governance.contract.topology import Topology
from governance.contract.until import until

SLOTS = 16384
_KEYS_AT_ONCE = 100
_MIGRATE_MS = 5000


class Cluster(Topology):
    """Servers that share the slots; a context manager.

    Args:
        binary: The program, as ``find`` gives it.
        count: How many servers.
        config: Further lines of configuration for each.

    Attributes:
        nodes: The servers; the first has the lowest slots.
    """

    def __init__(self, binary: Binary, count: int = 3, config: Iterable[str] = ()) -> None:
        lines = ("cluster-enabled yes", "cluster-node-timeout 2000", *config)
        self._config = lines
        first = Server(binary, config=lines)
        others = (Server(binary, password=first.password, config=lines) for _ in range(1, count))
        self.nodes = (first, *others)
        self._starts = [SLOTS * number // count for number in range(count)]
        self._moved: dict[int, Server] = {}

    @property
    def url(self) -> str:
        """The URL of the first node; a client for clusters finds the others by itself."""
        return self.nodes[0].tcp_url

    def start(self) -> None:
        """Start all, share out the slots, and return when every node says that all is well.

        Raises:
            ServerError: One does not start, or they come to no agreement.
        """
        ends = [*self._starts, SLOTS]
        for epoch, (node, (start, end)) in enumerate(
            zip(self.nodes, pairwise(ends), strict=True), start=1
        ):
            node.start()
            # Each its own from the start: else they would have to settle that first.
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", epoch)
            node.ask("CLUSTER", "ADDSLOTS", *range(start, end))
        for node in self.nodes[1:]:
            self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port)
        until("every node sees a whole cluster", lambda: all(map(self._is_well, self.nodes)))

    def slot(self, key: str) -> int:
        """Return the slot of a key."""
        return int(self.nodes[0].ask("CLUSTER", "KEYSLOT", key))

    def owner(self, slot: int) -> Server:
        """Return the node that has a slot."""
        return self._moved.get(slot) or self.nodes[bisect(self._starts, slot) - 1]

    @contextmanager
    def replica(self, key: str) -> Iterator[Server]:
        """Run a replica of the node that has a key, and give it when it has what that has.

        Raises:
            ServerError: It does not start, or does not come to follow.
        """
        node = self.owner(self.slot(key))
        with Server(node.binary, password=node.password, config=self._config) as replica:
            replica.ask("CLUSTER", "MEET", "127.0.0.1", node.port)
            name = _id(node)
            until("it knows its node", lambda: name.encode() in replica.ask("CLUSTER", "NODES"))
            replica.ask("CLUSTER", "REPLICATE", name)
            until("it follows", lambda: b"state=online" in node.ask("INFO", "replication"))
            # Others vote for it only where they know it.
            own = _id(replica).encode()
            until(
                "all know it", lambda: all(own in one.ask("CLUSTER", "NODES") for one in self.nodes)
            )
            yield replica
            replica.kill()

    def move(self, slot: int, target: Server) -> None:
        """Move a slot with its keys: ``open_move``, ``carry`` and ``close_move`` in one."""
        self.open_move(slot, target)
        self.carry(slot, target)
        self.close_move(slot, target)

    def open_move(self, slot: int, target: Server) -> None:
        """Begin to move a slot: from now on its owner answers ``ASK`` for keys that it lacks."""
        source = self.owner(slot)
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", _id(source))
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", _id(target))

    def carry(self, slot: int, target: Server) -> None:
        """Carry the keys of a slot over; the slot itself stays where it is."""
        source = self.owner(slot)
        to = ("127.0.0.1", target.port, "", 0, _MIGRATE_MS, "AUTH", target.password)
        while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, _KEYS_AT_ONCE):
            source.ask("MIGRATE", *to, "KEYS", *keys)

    def close_move(self, slot: int, target: Server) -> None:
        """End a move: the slot is the target's, and the others answer ``MOVED``."""
        running = [node for node in self.nodes if node.is_running and node is not target]
        for node in (target, *running):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", _id(target))
        self._moved[slot] = target

    def _all(self) -> tuple[Server, ...]:
        return self.nodes

    def _is_well(self, node: Server) -> bool:
        info = node.ask("CLUSTER", "INFO").decode().split()
        return {"cluster_state:ok", f"cluster_known_nodes:{len(self.nodes)}"} <= set(info)


def _id(node: Server) -> str:
    return str(node.ask("CLUSTER", "MYID").decode())
