"""A pattern as an automaton: which characters can follow which, and in how many ways.

Only patterns that are regular are understood: no lookaround, no back reference, nothing atomic.

Source: Glushkov 1961, "The abstract theory of automata"; ways are counted as Python's ``re`` and
ECMA-262, section 22.2.2 (pattern semantics), try them one after another.
"""

import re
import sys
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import reduce

# The parser of the very engine that is judged; a second one would sooner or later disagree.
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple, TypeAlias

from governance.schema.pattern import pieces

# What stands between two characters that were read: the start of the text, or its end.
_BEGIN, _END = 1, 2
_AT = {
    op.AT_BEGINNING: _BEGIN,
    op.AT_BEGINNING_STRING: _BEGIN,
    op.AT_END: _END,
    op.AT_END_STRING: _END,
}
_CATEGORIES: dict[object, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdecimal,
    op.CATEGORY_NOT_DIGIT: lambda character: not character.isdecimal(),
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda character: not character.isspace(),
    op.CATEGORY_WORD: lambda character: character.isalnum() or character == "_",
    op.CATEGORY_NOT_WORD: lambda character: not (character.isalnum() or character == "_"),
}
_KNOWN_FLAGS = re.IGNORECASE | re.DOTALL | re.UNICODE | re.VERBOSE
_ECMA_NAME = re.compile(r"(?<!\\)((?:\\\\)*)\(\?<(?=[A-Za-z_])")

# One of each sort, the most readable first; the rest comes from the pattern itself.
_SEEDS = "a!0A_- .\n\té٣\u2003中"
_SURROGATES = range(0xD800, 0xE000)

LONGEST_PATTERN = 1000
MOST_POSITIONS = 250
_MOST_EDGES = 8000
_MOST_ITEMS = 200
_MOST_WORK = 150_000
_MOST_SETS = 1000

_Parsed: TypeAlias = list[tuple[Any, Any]]
_Set: TypeAlias = tuple[tuple[Any, Any], ...]
_Ways: TypeAlias = "Counter[tuple[int, int]]"


class Engine(Enum):
    """An engine that tries one way after another; each counts some ways that the other does not."""

    PYTHON = "Python's re"
    JAVASCRIPT = "JavaScript"


class NotRegularError(Exception):
    """A pattern says something that no automaton of reasonable size can."""


class Automaton(NamedTuple):
    """A pattern, matched from the first character of a text. Sets of positions are bit masks.

    Attributes:
        alphabet: One character for each sort that the pattern tells apart.
        readers: For each character of the alphabet, the positions that read it.
        follow: For each position, those that can come next, with the number of ways to get there.
        onward: The same without the numbers.
        start: The positions that can come first, with the number of ways.
        done: Positions behind which the pattern may end anywhere.
        done_at_end: Positions behind which it may end where the text does.
        empty: Whether it may end before it reads anything.
        empty_at_end: Whether it may do so where the text is empty.
        has_loops: Whether a repeat has no upper bound.
        is_loose: Whether a repeat that has one was taken for one without.
    """

    alphabet: str
    readers: tuple[int, ...]
    follow: tuple[dict[int, int], ...]
    onward: tuple[int, ...]
    start: dict[int, int]
    done: int
    done_at_end: int
    empty: bool
    empty_at_end: bool
    has_loops: bool
    is_loose: bool

    def after(self, positions: int, number: int) -> int:
        """Return the positions reached from some others by one more character of the alphabet."""
        reached = 0
        for position in bits(positions):
            reached |= self.onward[position]
        return reached & self.readers[number]

    def first(self, number: int) -> int:
        """Return the positions reached by the first character of a text."""
        return mask(self.start) & self.readers[number]

    def matches(self, text: str) -> bool:
        """Say whether a match starts at the first character of a text over the alphabet."""
        if self.empty or not text:
            return self.empty or self.empty_at_end
        reached, before = self.first(self.alphabet.index(text[0])), 0
        for character in text[1:]:
            if reached & self.done:
                return True
            before, reached = reached, self.after(reached, self.alphabet.index(character))
        # `$` also matches before a line break at the end.
        return bool((reached | (before if text[-1] == "\n" else 0)) & self.done_at_end)

    def samples(self) -> Iterator[str]:
        """Yield texts that the whole pattern matches, the shortest first, each in another way."""
        if self.empty_at_end:
            yield ""
        came = {self.first(number): char for number, char in enumerate(self.alphabet)}
        todo = deque(came)
        while todo and len(came) < _MOST_SETS:
            reached = todo.popleft()
            if reached & self.done_at_end:
                yield came[reached]
            for number, char in enumerate(self.alphabet):
                then = self.after(reached, number)
                if then not in came:
                    came[then] = came[reached] + char
                    todo.append(then)

    def steps(self, text: str) -> int:
        """Return how many ways through the pattern a prefix of a text can take, for all prefixes.

        An engine that backtracks tries each of them before it gives up.

        Raises:
            NotRegularError: It takes too long to count them.
        """
        if len(text) * sum(map(len, self.follow)) > _MOST_WORK:
            raise NotRegularError("too large")
        onward = {character: self._onward(character) for character in set(text)}
        readers = self.readers[self.alphabet.index(text[0])]
        ways = {to: count for to, count in self.start.items() if readers >> to & 1}
        total = sum(ways.values())
        for character in text[1:]:
            came: dict[int, int] = {}
            for position, count in ways.items():
                for target, each in onward[character][position]:
                    came[target] = came.get(target, 0) + count * each
            ways = came
            total += sum(ways.values())
        return total

    def _onward(self, character: str) -> list[list[tuple[int, int]]]:
        readers = self.readers[self.alphabet.index(character)]
        return [
            [(to, ways) for to, ways in targets.items() if readers >> to & 1]
            for targets in self.follow
        ]


def bits(positions: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, lowest first."""
    while positions:
        low = positions & -positions
        yield low.bit_length() - 1
        positions ^= low


def mask(numbers: Iterable[int]) -> int:
    """Return the bit mask that has the given bits set."""
    made = 0
    for number in numbers:
        made |= 1 << number
    return made


def automaton(
    pattern: str,
    engine: Engine = Engine.PYTHON,
    loose: int | None = None,
    most: int = MOST_POSITIONS,
) -> Automaton:
    """Return the automaton of a pattern.

    Args:
        pattern: As Python spells it; named groups may be spelled as in ECMA-262.
        engine: Whose ways count.
        loose: A repeat that may go on for more than this many rounds counts as one without bound.
        most: How many positions it may have.

    Raises:
        NotRegularError: It can't be had: no regular expression, not a regular one, or too large.
    """
    try:
        return _Builder(parsed(pattern, engine), engine, loose, most).automaton()
    except RecursionError as error:
        raise NotRegularError("nested too deeply") from error


def parsed(pattern: str, engine: Engine = Engine.PYTHON) -> Any:
    """Return the parse tree that Python's ``re`` works from, or would if it worked like another.

    Raises:
        NotRegularError: Python can't parse it.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise NotRegularError("too long")
    text = _ECMA_NAME.sub(r"\1(?P<", pattern)
    if engine is Engine.JAVASCRIPT:
        # Python makes `a|[ab]` one set and `ab|ac` one prefix. An empty group keeps them apart.
        bare = (piece.start for piece in pieces(text) if piece.text == "|" and not piece.in_set)
        for start in sorted(bare, reverse=True):
            text = f"{text[:start]}|(){text[start + 1 :]}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parser.parse(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise NotRegularError(str(error)) from error


class _Part(NamedTuple):
    """A part of a pattern.

    Ways to pass it without reading, by what they demand; ways to its first position and from its
    last one, each by position and what it demands.
    """

    null: Counter[int]
    first: _Ways
    last: _Ways


class _Builder:
    def __init__(self, tree: Any, engine: Engine, loose: int | None, most: int) -> None:
        self.tree = tree
        self.engine = engine
        self.loose = loose
        self.most = most
        self.has_loops = self.is_loose = False
        self.sets: list[_Set] = []
        self.follow: list[dict[int, int]] = []
        self.edges = 0
        flags = tree.state.flags
        if flags & ~_KNOWN_FLAGS:
            raise NotRegularError("a flag")
        self.ignores_case = bool(flags & re.IGNORECASE)
        self.dot: _Set = ((op.NEGATE, None),) if flags & re.DOTALL else _without(ord("\n"))

    def automaton(self) -> Automaton:
        whole = self._sequence(self.tree.data)
        alphabet = self._alphabet()
        holds = {one: [self._holds(one, char) for char in alphabet] for one in set(self.sets)}
        start: Counter[int] = Counter()
        for (position, _), count in whole.first.items():
            start[position] += count
        return Automaton(
            alphabet=alphabet,
            readers=tuple(
                mask(position for position, one in enumerate(self.sets) if holds[one][number])
                for number, _ in enumerate(alphabet)
            ),
            follow=tuple(self.follow),
            onward=tuple(map(mask, self.follow)),
            start=dict(start),
            done=mask(position for position, demand in whole.last if not demand),
            done_at_end=mask(position for position, _ in whole.last),
            empty=any(not demand & _END for demand in whole.null),
            empty_at_end=bool(whole.null),
            has_loops=self.has_loops,
            is_loose=self.is_loose,
        )

    # The shape of the pattern.

    def _sequence(self, items: _Parsed) -> _Part:
        return reduce(self._concatenated, (self._part(*item) for item in items), _nothing())

    def _part(self, code: Any, said: Any) -> _Part:
        if code in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            return self._character(self._set(code, said))
        if code is op.AT and said in _AT:
            return _Part(Counter({_AT[said]: 1}), Counter(), Counter())
        if code is op.BRANCH:
            branches = [self._sequence(branch.data) for branch in said[1]]
            return _Part(*(sum(column, Counter()) for column in zip(*branches, strict=True)))
        if code is op.SUBPATTERN and not (said[1] or said[2]):
            return self._sequence(said[3].data)
        if code is op.MAX_REPEAT or code is op.MIN_REPEAT:
            least, most, body = said
            return self._repeated(least, most, body.data)
        raise NotRegularError(str(code))

    def _set(self, code: Any, said: Any) -> _Set:
        if code is op.ANY:
            return self.dot
        if code is op.IN:
            return tuple(said)
        return ((op.LITERAL, said),) if code is op.LITERAL else _without(said)

    def _character(self, one: _Set) -> _Part:
        position = len(self.sets)
        if position == self.most:
            raise NotRegularError("too large")
        self.sets.append(one)
        self.follow.append({})
        here = Counter({(position, 0): 1})
        return _Part(Counter(), here, here)

    def _repeated(self, least: int, most: Any, body: _Parsed) -> _Part:
        endless = most is op.MAXREPEAT
        if not endless and self.loose is not None and most - least > self.loose:
            endless = self.is_loose = True
        self.has_loops |= endless
        if max(least, 0 if endless else most) > self.most:
            raise NotRegularError("too large")
        made = _nothing()
        for number in range(least):
            one = self._sequence(body)
            if endless and number == least - 1 and not one.null:
                self._lead(one.last, one.first)
                return self._concatenated(made, one)
            made = self._concatenated(made, one)
        rest = self._star(body) if endless else _nothing()
        for _ in range(0 if endless else most - least):
            rest = self._optional(self._sequence(body), rest)
        return self._concatenated(made, rest)

    def _star(self, body: _Parsed) -> _Part:
        one = self._sequence(body)
        self._lead(one.last, one.first)
        null = self._skipped(one)
        return _Part(null, one.first, _passing(one.last, null, _BEGIN))

    def _skipped(self, one: _Part) -> Counter[int]:
        """Return the ways to be done with a repeat: none more, or an empty round.

        Behind an empty round, Python leaves the repeat, and ECMA-262 takes the round back.
        """
        return Counter({0: 1}) + (one.null if self.engine is Engine.PYTHON else Counter())

    def _optional(self, one: _Part, rest: _Part) -> _Part:
        self._lead(one.last, rest.first)
        last = rest.last + _passing(one.last, rest.null, _BEGIN)
        return _Part(self._skipped(one), one.first, last)

    def _concatenated(self, one: _Part, other: _Part) -> _Part:
        self._lead(one.last, other.first)
        null: Counter[int] = Counter()
        for demand, count in one.null.items():
            for further, ways in other.null.items():
                null[demand | further] += count * ways
        first = one.first + _passing(other.first, one.null, _END)
        return _Part(null, first, other.last + _passing(one.last, other.null, _BEGIN))

    def _lead(self, last: _Ways, first: _Ways) -> None:
        for (position, demand), count in last.items():
            if demand:
                continue
            targets = self.follow[position]
            for (target, further), ways in first.items():
                if not further:
                    targets[target] = targets.get(target, 0) + count * ways
                    self.edges += 1
        if self.edges > _MOST_EDGES:
            raise NotRegularError("too large")

    # The characters that it reads.

    def _alphabet(self) -> str:
        items = {item for one in self.sets for item in one}
        if len(items) > _MOST_ITEMS:
            raise NotRegularError("too large")
        cuts = {0, 0x80}
        for code, said in items:
            if code is op.LITERAL:
                cuts |= {said, said + 1}
            elif code is op.RANGE:
                cuts |= {said[0], said[1] + 1}
        found = [
            *_SEEDS,
            *(chr(n) for n in sorted(cuts) if n not in _SURROGATES and n <= sys.maxunicode),
        ]
        kinds: dict[tuple[bool, ...], str] = {}
        sets = sorted(set(self.sets), key=self.sets.index)
        for character in found:
            kinds.setdefault(tuple(self._holds(one, character) for one in sets), character)
        return "".join(kinds.values())

    def _holds(self, one: _Set, character: str) -> bool:
        cases = {character}
        if self.ignores_case:
            cases |= {case for case in (character.lower(), character.upper()) if len(case) == 1}
        is_negated = any(code is op.NEGATE for code, _ in one)
        return is_negated is not any(_has(item, case) for item in one for case in cases)


def _nothing() -> _Part:
    return _Part(Counter({0: 1}), Counter(), Counter())


def _without(code_point: int) -> _Set:
    return ((op.NEGATE, None), (op.LITERAL, code_point))


def _passing(ends: _Ways, null: Counter[int], never: int) -> _Ways:
    """Return the ways to some positions past a part that reads nothing but may demand something."""
    made: _Ways = Counter()
    for demand, count in null.items():
        if not demand & never:
            for (position, further), ways in ends.items():
                made[position, demand | further] += count * ways
    return made


def _has(item: tuple[Any, Any], character: str) -> bool:
    code, said = item
    if code is op.LITERAL:
        return bool(ord(character) == said)
    if code is op.RANGE:
        return bool(said[0] <= ord(character) <= said[1])
    return code is op.CATEGORY and _CATEGORIES[said](character)
