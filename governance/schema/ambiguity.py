"""Patterns that a backtracking engine can be made to hang on, each with a text that does it.

Where a text can be read in several ways and fails in the end, such an engine tries them all. The
number of ways grows exponentially with the text exactly where one state of the pattern's automaton
can be led back to itself by one word in two ways, and else polynomially exactly where a word keeps
two states and also leads from one to the other.

Source: Weber and Seidl 1991, "On the degree of ambiguity of finite automata", criteria EDA and IDA.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import islice, permutations, product
from math import log
from operator import eq
from typing import NamedTuple, TypeVar

from governance.schema.pattern import Kind, pieces
from governance.schema.regex import Automaton, Engine, NotRegularError, automaton, bits, mask

# Above that many rounds a bounded repeat can do what one without bound can.
_LOOSE = 8
# An engine takes minutes for so many steps, at some ten million a second.
HANGS = 10**9
# No field of an event is longer in practice: it would take a tenth of what an event may hold.
LONG = 100_000
_LENGTHS = (40, 10)
_TIMES = (20, 25, 30, 40, 60, 120)
_MOST_UNROLLED = 1000
_MOST_VISITS = 15_000
_MOST_TRIED = 4
_MOST_DRIFTS = 20

_State = TypeVar("_State", bound=Hashable)


class Blowup(NamedTuple):
    """A text that makes a backtracking engine try too many ways before it gives up.

    Attributes:
        prefix: How the text begins.
        pump: What is repeated.
        suffix: How it ends, so that no way leads to a match.
        times: How often; more makes it worse.
        steps: How many steps that takes, at least.
        degree: The steps grow with this power of the length; 0 where they grow exponentially.
        engine: An engine that takes them.
    """

    prefix: str
    pump: str
    suffix: str
    times: int
    steps: int
    degree: int
    engine: Engine

    @property
    def text(self) -> str:
        """The text itself."""
        return self.prefix + self.pump * self.times + self.suffix

    def of_length(self, length: int) -> Blowup:
        """Return a text of at most some length, with the steps that it takes.

        Only where they grow polynomially; they are estimated.
        """
        times = (length - len(self.prefix) - len(self.suffix)) // len(self.pump)
        steps = int(self.steps * (max(times, 0) / self.times) ** self.degree)
        return self._replace(times=times, steps=steps)

    def __str__(self) -> str:
        """Return the text as an expression: ``'a' * 30 + '!'``."""
        parts = (
            repr(self.prefix) if self.prefix else "",
            f"{self.pump!r} * {self.times}",
            repr(self.suffix) if self.suffix else "",
        )
        return " + ".join(part for part in parts if part)


@lru_cache(maxsize=4096)
def blowup(pattern: str) -> Blowup | None:
    """Return the text by which a pattern can be made to hang; None where none is known.

    Silent where the pattern can't be understood or is too large to be judged in a few milliseconds.
    A quadratic time that only comes from searching for a match at every character does not count.
    """
    # Without a repeat of open or varying length, every text is read in one way.
    if not any(sign in pattern for sign in "*+?,"):
        return None
    engines = _engines(pattern)
    found = (find(pattern, engine) for find in (_exponential, _polynomial) for engine in engines)
    return next((one for one in found if one is not None), None)


def _engines(pattern: str) -> list[Engine]:
    """Return the engines that can read a pattern, but JavaScript only where it adds something."""
    groups = [piece.text for piece in pieces(pattern) if piece.kind is Kind.GROUP]
    if any(group.startswith("(?<") for group in groups):
        return [Engine.JAVASCRIPT]
    # It knows ways that Python does not only where there are alternatives.
    is_known = "|" in pattern and all(group in {"(", "(?:"} for group in groups)
    return list(Engine) if is_known else [Engine.PYTHON]


def _exponential(pattern: str, engine: Engine) -> Blowup | None:
    try:
        return _proven(pattern, _Search(automaton(pattern, engine, _LOOSE), engine))
    except NotRegularError:
        return None


def _proven(pattern: str, search: _Search) -> Blowup | None:
    loose = search.machine
    for state, pump in islice(search.diverging(), _MOST_TRIED):
        for times in _TIMES:
            found = search.failing(state, pump, times)
            if found is None:
                break
            steps = loose.steps(found.text)
            if steps >= HANGS and loose.is_loose:
                # A bound that is longer than the text is none.
                exact = automaton(pattern, search.engine, len(found.text), _MOST_UNROLLED)
                steps = exact.steps(found.text)
            if steps >= HANGS:
                return found._replace(steps=steps)
    return None


def _polynomial(pattern: str, engine: Engine) -> Blowup | None:
    try:
        best = _steepest(_Search(automaton(pattern, engine), engine))
    except NotRegularError:
        return None
    return best.of_length(LONG) if best else None


def _steepest(search: _Search) -> Blowup | None:
    tried, best = set[tuple[str, str, str]](), None
    for state, pump in islice(search.drifting(), _MOST_DRIFTS):
        found = search.failing(state, pump, 1)
        if found is None or (found.prefix, found.pump, found.suffix) in tried:
            continue
        tried.add((found.prefix, found.pump, found.suffix))
        grown = _growth(search, state, pump)
        if grown and grown.degree > 1 and (best is None or grown.degree > best.degree):
            best = grown
        if len(tried) == _MOST_TRIED:
            break
    return best


def _growth(search: _Search, state: int, pump: str) -> Blowup | None:
    """Return a text with the power that its steps grow with, as two lengths of it show."""
    for times in _LENGTHS:
        few, many = search.failing(state, pump, times), search.failing(state, pump, 2 * times)
        if few is None or many is None:
            return None
        try:
            steps = search.machine.steps(many.text)
            ratio = steps / search.machine.steps(few.text)
        except NotRegularError:
            continue
        degree = round(log(ratio) / log(len(many.text) / len(few.text)))
        return many._replace(steps=steps, degree=degree)
    return None


class _Search:
    """Looks for words in the automaton of one pattern, the shortest first, and within a budget."""

    def __init__(self, machine: Automaton, engine: Engine) -> None:
        self.machine = machine
        self.engine = engine
        self.visits = 0
        self.chars = range(len(machine.alphabet))
        self.reach = _closure(list(machine.onward)) if machine.has_loops else []
        self.loops = self._loops()
        self.steps = [
            [onward & readers for readers in machine.readers] for onward in machine.onward
        ]
        self.known: dict[tuple[int, int], int] = {}
        self.led: dict[int, tuple[str | None, int]] = {}

    def _loops(self) -> list[int]:
        """Return the strongly connected parts that hold a cycle, as masks of their states."""
        found: dict[int, None] = {}
        for state, reached in enumerate(self.reach):
            if reached >> state & 1:
                back = mask(other for other in bits(reached) if self.reach[other] >> state & 1)
                found.setdefault(back)
        return list(found)

    def _after(self, states: int, char: int) -> int:
        """Return all states that one more character leads to."""
        key = states, char
        if key not in self.known:
            self.known[key] = 0
            for state in bits(states):
                self.known[key] |= self.steps[state][char]
        return self.known[key]

    def diverging(self) -> Iterator[tuple[int, str]]:
        """Yield states with a word that leads back to them in two ways, one for a loop."""
        for loop in self.loops:
            onward = partial(self._twice, loop)
            one = next(bits(loop))
            # Where one state of a loop has such a word, all have: a short one is easy to read.
            if self._shortest((one, one, False), partial(eq, (one, one, True)), onward):
                words = [
                    (state, self._pump(state, (state, state, False), (state, state, True), onward))
                    for state in islice(bits(loop), _MOST_TRIED)
                ]
                found = [(state, word) for state, word in words if word]
                if found:
                    yield min(found, key=lambda one: len(one[1]))

    def _twice(
        self, loop: int, here: tuple[int, int, bool]
    ) -> Iterator[tuple[int, tuple[int, int, bool]]]:
        one, other, parted = here
        for char in self.chars:
            others = self.steps[other][char] & loop
            for left in bits(self.steps[one][char] & loop if others else 0):
                for right in bits(others):
                    doubled = one == other and left == right and self.machine.follow[one][left] > 1
                    is_parted = parted or left != right or doubled
                    yield char, (min(left, right), max(left, right), is_parted)

    def drifting(self) -> Iterator[tuple[int, str]]:
        """Yield states with a word that leads back to them and also to another that it keeps."""
        for loop, other in permutations(self.loops, 2):
            if not self.reach[next(bits(loop))] & other:
                continue
            onward = partial(self._thrice, loop, other)
            for state, kept in product(bits(loop), bits(other)):
                word = self._pump(state, (state, state, kept), (state, kept, kept), onward)
                if word:
                    yield state, word

    def _thrice(
        self, loop: int, other: int, here: tuple[int, int, int]
    ) -> Iterator[tuple[int, tuple[int, int, int]]]:
        one, between, two = here
        for char in self.chars:
            lefts = self.steps[one][char] & loop
            rights = self.steps[two][char] & other
            if lefts and rights:
                middles = [m for m in bits(self.steps[between][char]) if self.reach[m] & other]
                for states in product(bits(lefts), middles, bits(rights)):
                    yield char, states

    def failing(self, state: int, pump: str, times: int) -> Blowup | None:
        """Return a text that leads to a state, repeats a word there and then does not match."""
        prefix, reached = self._leading(state)
        if prefix is None:
            return None
        for character in pump * times:
            reached = self._after(reached, self.machine.alphabet.index(character))
            if reached & self.machine.done:
                return None
        suffix = self._ending(reached)
        if suffix is None:
            return None
        return self._simplified(Blowup(prefix, pump, suffix, times, 0, 0, self.engine))

    def _simplified(self, text: Blowup) -> Blowup:
        """Return the same text written with a shorter pump: 'a' * 31 for 'a' + 'aa' * 15."""
        root = text.pump[: (text.pump * 2).index(text.pump, 1)]
        prefix, times = text.prefix, text.times * (len(text.pump) // len(root))
        while prefix.endswith(root):
            prefix, times = prefix.removesuffix(root), times + 1
        simple = text._replace(prefix=prefix, pump=root, times=times)
        # It must go on like that: where only every second one fails, the longer pump says more.
        further = (simple._replace(times=times + more).text for more in (1, 2))
        return text if any(self.machine.matches(one) for one in further) else simple

    def _leading(self, state: int) -> tuple[str | None, int]:
        """Return how to get to a state without a match on the way, and all states reached so."""
        machine, start = self.machine, -1

        def onward(here: int) -> Iterator[tuple[int, int]]:
            for char in self.chars:
                then = machine.first(char) if here == start else self._after(here, char)
                if not then & machine.done:
                    yield char, then

        if state not in self.led:
            found = None
            if not machine.empty:
                found = self._shortest(start, lambda here: bool(here >> state & 1), onward)
            self.led[state] = found or (None, 0)
        return self.led[state]

    def _pump(
        self,
        state: int,
        start: _State,
        goal: _State,
        onward: Callable[[_State], Iterable[tuple[int, _State]]],
    ) -> str | None:
        """Return a word from a start to a goal that brings no match on the way."""
        _, reached = self._leading(state)

        def without_match(here: tuple[_State, int]) -> Iterator[tuple[int, tuple[_State, int]]]:
            for char, then in onward(here[0]):
                after = self._after(here[1], char) if self.machine.done else 0
                if not after & self.machine.done:
                    yield char, (then, after)

        found = self._shortest((start, reached), lambda here: here[0] == goal, without_match)
        return found and found[0]

    def _ending(self, reached: int) -> str | None:
        """Return how to go on so that the text does not match."""
        machine = self.machine

        def onward(here: tuple[int, int]) -> Iterator[tuple[int, tuple[int, int]]]:
            for char in self.chars:
                then = self._after(here[0], char)
                if not then & machine.done:
                    # `$` also matches before a line break at the end.
                    yield char, (then, here[0] if machine.alphabet[char] == "\n" else 0)

        def fails(here: tuple[int, int]) -> bool:
            return not (here[0] | here[1]) & machine.done_at_end

        if fails((reached, 0)):
            return ""
        found = self._shortest((reached, 0), fails, onward)
        return found and found[0]

    def _shortest(
        self,
        start: _State,
        is_goal: Callable[[_State], bool],
        onward: Callable[[_State], Iterable[tuple[int, _State]]],
    ) -> tuple[str, _State] | None:
        """Return the shortest word that leads to a goal, not the empty one, and the goal."""
        came: dict[_State, tuple[int, _State]] = {}
        queue = deque([start])
        while queue:
            here = queue.popleft()
            for char, then in onward(here):
                self.visits += 1
                if self.visits > _MOST_VISITS:
                    raise NotRegularError("too large")
                if then not in came:
                    came[then] = char, here
                    if is_goal(then):
                        return self._word(came, start, then), then
                    queue.append(then)
        return None

    def _word(self, came: dict[_State, tuple[int, _State]], start: _State, goal: _State) -> str:
        char, here = came[goal]
        word = self.machine.alphabet[char]
        while here != start:
            char, here = came[here]
            word += self.machine.alphabet[char]
        return word[::-1]


def _closure(targets: list[int]) -> list[int]:
    """Return for each state all that can be reached from it by one step or more."""
    reach = list(targets)
    for through, _ in enumerate(reach):
        for state, reached in enumerate(reach):
            if reached >> through & 1:
                reach[state] = reached | reach[through]
    return reach
