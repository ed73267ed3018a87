"""Which node of a cluster a command goes to, for both drivers: asks, and sends nothing itself.

Source: Redis cluster specification, "Redirection and resharding"; command CLUSTER SLOTS.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Generator
from typing import NamedTuple, TypeAlias, TypeVar

from redis.crc import key_slot

from governance.bus.commands import (
    Ask,
    CommandError,
    Line,
    Many,
    Part,
    Reply,
    ReplyError,
    UnansweredError,
    UnsentError,
)
from governance.bus.connect import Address
from governance.bus.retry import is_passing
from governance.errors import BusError

T = TypeVar("T")
Words: TypeAlias = tuple[Part, ...]
# Where the first key stands, if not right behind the command; all others lie in its slot.
# Of SCAN it is the pattern, which has to name a slot by its hash tag: that of `Keys.beside`.
_KEY_AT = {
    "EVAL": 3,
    "EVALSHA": 3,
    "MEMORY": 2,
    "SCAN": 3,
    "XGROUP": 2,
    "XINFO": 2,
    "XREADGROUP": -2,
}
_KEYLESS = frozenset({"SCRIPT", "WAIT", "WAITAOF", "CONFIG", "INFO", "PING", "TIME"})
# Another node may have the slot by now.
_ELSEWHERE = frozenset({"MOVED", "ASK", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "UNBLOCKED"})


class To(NamedTuple):
    """A command for a certain node.

    Attributes:
        address: The node; None where there is one server.
        command: The command.
    """

    address: Address | None
    command: Ask | Many


Steps: TypeAlias = Generator[To, Reply, T]


class _Owner(NamedTuple):
    """The node that has some slots, from the first on."""

    first: int
    last: int
    address: Address


class Routes:
    """Knows which node has which slots, and asks again when that may have changed.

    A command without a key goes to every node that the others of its batch go to, or to all, and
    has the worst of their replies; so ``WAIT`` follows what it is to confirm.

    Args:
        hosts: Some nodes, of which one tells of all.
    """

    def __init__(self, hosts: tuple[Address, ...]) -> None:
        self._hosts = hosts
        self._owners: list[_Owner] = []
        self._is_stale = True

    def perform(self, command: Ask | Many) -> Steps[Reply]:
        """Send commands to their nodes; return what those say.

        Raises:
            CommandError: They were not carried out, or nobody knows.
            BusError: There is no cluster.
        """
        if isinstance(command, Many):
            return (yield from self._all(command.line, command.commands))
        (reply,) = yield from self._all(command.line, [command.words])
        if isinstance(reply, CommandError):
            raise reply
        return reply

    def _all(self, line: Line, commands: list[Words]) -> Steps[list[Reply]]:
        replies = yield from self._sent(line, commands)
        moved = [n for n, reply in enumerate(replies) if _code(reply) == "MOVED"]
        asked = [n for n, reply in enumerate(replies) if _code(reply) == "ASK"]
        keyless = [n for n, words in enumerate(commands) if _key(words) is None]
        for numbers in filter(None, (moved, asked)):
            again = [commands[n] for n in (*numbers, *keyless)]
            if numbers is moved:
                got = yield from self._sent(line, again)
            else:
                got = yield from self._asked(line, again, replies[numbers[0]])
            for n, reply in zip(numbers, got, strict=False):
                replies[n] = reply
            for n, reply in zip(keyless, got[len(numbers) :], strict=True):
                replies[n] = _worst(replies[n], reply)
        return replies

    def _sent(self, line: Line, commands: list[Words]) -> Steps[list[Reply]]:
        """Send each command to the node that has its slot."""
        if self._is_stale:
            yield from self._learn()
        parts = self._parts(commands)
        replies: dict[int, Reply] = {}
        unsent: dict[int, ReplyError] = {}
        failed: CommandError | None = None
        for address, numbers in parts.items():
            try:
                got = yield from self._at(address, line, [commands[n] for n in numbers])
            except UnsentError as error:
                if len(parts) == 1:
                    raise
                unsent |= dict.fromkeys(numbers, ReplyError(f"CLUSTERDOWN {error}"))
            except UnansweredError as error:
                # The other nodes get theirs all the same.
                failed = error
            else:
                for n, reply in zip(numbers, got, strict=True):
                    replies[n] = _worst(replies[n], reply) if n in replies else reply
        if failed is not None:
            raise failed
        known = {**unsent, **replies}
        lacking = "CLUSTERDOWN no node has the slot"
        return [known[n] if n in known else ReplyError(lacking) for n in range(len(commands))]

    def _asked(self, line: Line, commands: list[Words], said: ReplyError) -> Steps[list[Reply]]:
        """Send commands to the node that is about to get their slot."""
        host, _, port = str(said).split()[2].rpartition(":")
        asking: list[Words] = []
        for words in commands:
            asking += [("ASKING",), words] if _key(words) is not None else [("PING",), words]
        got = yield from self._at((host or self._hosts[0][0], int(port)), line, asking)
        return got[1::2]

    def _at(self, address: Address, line: Line, commands: list[Words]) -> Steps[list[Reply]]:
        """Send commands to one node."""
        try:
            if len(commands) == 1:
                replies = [(yield To(address, Ask(line, commands[0])))]
            else:
                replies = yield To(address, Many(line, commands))
        except ReplyError as error:
            replies = [error] * len(commands)
        except CommandError:
            self._is_stale = True
            raise
        if any(_code(reply) in _ELSEWHERE for reply in replies):
            self._is_stale = True
        return list(replies)

    def _parts(self, commands: list[Words]) -> dict[Address, list[int]]:
        """Return which commands each node gets."""
        keys = [_key(words) for words in commands]
        owners = [None if key is None else self._owner(key) for key in keys]
        every = dict.fromkeys(one for one in owners if one is not None)
        if not any(key is not None for key in keys):
            every = dict.fromkeys(owner.address for owner in self._owners)
        parts: dict[Address, list[int]] = {address: [] for address in every}
        for n, (key, owner) in enumerate(zip(keys, owners, strict=True)):
            for address in every if key is None else filter(None, [owner]):
                parts[address].append(n)
        return parts

    def _owner(self, key: Part) -> Address | None:
        slot = key_slot(key if isinstance(key, bytes) else str(key).encode())
        at = bisect(self._owners, slot, key=lambda owner: owner.first) - 1
        if at < 0 or self._owners[at].last < slot:
            self._is_stale = True
            return None
        return self._owners[at].address

    def _learn(self) -> Steps[None]:
        """Ask which node has which slots."""
        why = "no node is known"
        known = dict.fromkeys((*(owner.address for owner in self._owners), *self._hosts))
        for address in known:
            try:
                rows = yield To(address, Ask(Line.ADMIN, ("CLUSTER", "SLOTS")))
            except ReplyError as error:
                if "cluster support disabled" in str(error):
                    said = f"{address[0]}:{address[1]} is no node of a cluster: write redis://"
                    raise BusError(said) from error
                if not is_passing(error):
                    raise
                why = str(error)
            except CommandError as error:
                why = str(error)
            else:
                self._owners = sorted(
                    _Owner(row[0], row[1], (row[2][0].decode() or address[0], row[2][1]))
                    for row in rows
                )
                self._is_stale = False
                return
        raise UnsentError(f"no node of the cluster answers: {why}")


def _key(words: Words) -> Part | None:
    """Return the first key of a command, if it has one."""
    name = str(words[0])
    return None if name in _KEYLESS else words[_KEY_AT.get(name, 1)]


def _code(reply: Reply) -> str:
    return reply.code if isinstance(reply, ReplyError) else ""


def _worst(one: Reply, other: Reply) -> Reply:
    """Return the reply that says less: an error, or the lower number of confirmations.

    Texts that differ, such as those of ``INFO``, are all there, one after the other.
    """
    for reply in (one, other):
        if isinstance(reply, CommandError):
            return reply
    if isinstance(one, bytes) and one != other:
        return one + b"\r\n" + other
    return min(one, other) if isinstance(one, int | list) else one
