"""The spellings of names, and what an event should be called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

from governance.catalog.verbs import is_past_tense, past_tense, past_verb, verb_beside

_UPPER_CAMEL = re.compile(r"[A-Z][A-Za-z0-9]*")
_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SHOUTED = re.compile(r"[A-Z0-9]*[A-Z]{4}[A-Z0-9]*")
_WORDS = re.compile(r"[A-Z]+[0-9]*(?![a-z])|[A-Z]?[a-z0-9]+")
# What is written for `.v1` at the end of an event type, and a full version behind it.
_VERSION = re.compile(r"(?:[._ -][vV]|V|\.)0*([0-9]{1,9})(?:\.[0-9]{1,9}){0,2}")
_VERSION_SEGMENT = re.compile(r"[vV]([0-9]+)")
_GENERIC = frozenset({"event", "events", "schema", "schemas", "all"})
# Longer ones are no names, and nobody is helped by a longer proposal.
_LONGEST = 200
_ACRONYM = 3
_MOST_DIGITS = 9
# Stands where a verb is wanted and nobody but the author can know which.
VERB = "<Verb>"


def is_upper_camel(name: str) -> bool:
    """Say whether a name is UpperCamelCase; ``HTTPRequest`` and ``API`` are, ``TASK`` is not."""
    return bool(_UPPER_CAMEL.fullmatch(name)) and not _SHOUTED.fullmatch(name)


def is_snake(name: str) -> bool:
    """Say whether a name is snake_case."""
    return bool(_SNAKE.fullmatch(name))


def words(name: str) -> list[str]:
    """Return the words that a name is made of, in whatever spelling, each as it stands there."""
    return _WORDS.findall(name)


def upper_camel(name: str) -> str:
    """Return a name in UpperCamelCase; empty where it has no letter to start with.

    A short acronym among words with lower-case letters stays in capitals.
    """
    found = words(name)
    if not any(character.islower() for character in name):
        found = [word.lower() for word in found]
    made = _joined(word.lower() if len(word) > _ACRONYM else word for word in found)
    return made if is_upper_camel(made) and name.isascii() else ""


def snake(name: str) -> str:
    """Return a name in snake_case; empty where it has no letter to start with."""
    made = "_".join(words(name)).lower()
    return made if is_snake(made) and name.isascii() else ""


def domain_of(stem: str) -> str:
    """Return the domain that the name of a file speaks of; empty where it speaks of none."""
    return upper_camel("_".join(_said_by(stem)))


def stream_of(stem: str) -> str:
    """Return the stream that the name of a file speaks of, such as ``task_events``."""
    name = snake(stem) or stem
    return name if name.endswith("_events") else f"{name}_events"


def likely_domain(named: Iterable[str | None], stem: str) -> str:
    """Return the domain that most of some event types start with, else the one of the file's name.

    Empty where neither speaks of one.
    """
    first = Counter(name.partition(".")[0] for name in named if name)
    return first.most_common(1)[0][0] if first else domain_of(stem)


def mended(
    event_type: str, domain: str | None, stem: str, major: int, further: Collection[str]
) -> str | None:
    """Return what an event should be called: ``Domain.Context.Action.vN``.

    Args:
        event_type: What it is called.
        domain: The domain that its file declares.
        stem: Name of its file, without ending.
        major: Its major version, where the name does not say one.
        further: Further verbs in the past tense, in lower case.

    Returns:
        A name that follows the grammar, with ``VERB`` for a verb that only its author can know;
        None where there is nothing to make a name of.
    """
    if len(event_type) > _LONGEST or not event_type.isascii():
        return None
    said, number = _version_apart(event_type)
    segments = [one if is_upper_camel(one) else upper_camel(one) for one in said if words(one)]
    if not segments or not all(segments):
        return None
    if len(segments) == 1:
        made = _from_one(words(segments[0]), domain, stem, further)
    else:
        made = _from_several(segments, further)
    return ".".join([*made, f"v{number or major}"])


def _version_apart(event_type: str) -> tuple[list[str], str]:
    """Return the segments of a name without its version, and the number of the version."""
    found = list(_VERSION.finditer(event_type))
    number = ""
    if found and found[-1].end() == len(event_type):
        event_type, number = event_type[: found[-1].start()], found[-1][1]
    segments = []
    for segment in event_type.split("."):
        inside = _VERSION_SEGMENT.fullmatch(segment)
        if inside is None:
            segments.append(segment)
        elif not number and len(inside[1]) <= _MOST_DIGITS:
            number = str(int(inside[1]))
    return segments, number


def _from_one(
    said: list[str], domain: str | None, stem: str, further: Collection[str]
) -> list[str]:
    """Return the segments of a name that has no dots, such as ``TaskProgressUpdateEvent``."""
    known = words(domain) if domain else _said_by(stem)
    same = 0
    while same < min(len(said), len(known)) and _alike(said[same], known[same]):
        same += 1
    if not known:
        first, rest = said[0], said[1:]
    elif domain or not same:
        # Whatever its own name starts with, an event is of the domain of its file.
        first, rest, same = upper_camel(domain or domain_of(stem)), said[same:], len(known)
    else:
        first, rest = _joined(said[:same]), said[same:]
    context, action, _ = _told(rest, further)
    # AgentStartedEvent in agent_lifecycle_events.yaml: the name of the file says the rest.
    context = context or known[same:]
    if _joined(context).lower() == first.lower():
        context = []
    return [one for one in (first, _joined(context), _joined(action)) if one]


def _from_several(segments: list[str], further: Collection[str]) -> list[str]:
    """Return two or three segments that say what the given ones say."""
    first, *middle, last = segments
    context, action, is_in_place = _told(words(last), further)
    if is_in_place:
        context, action = [], [*context, *action]
    return [one for one in (first, _joined([*middle, *context]), _joined(action)) if one]


def _told(said: list[str], further: Collection[str]) -> tuple[list[str], list[str], bool]:
    """Return what some words are about, what happened, and whether they said so themselves."""
    while said and said[-1].lower() in _GENERIC:
        said = said[:-1]
    if not said:
        return [], [VERB], False
    number = past_verb(said, further)
    if number is not None:
        return said[:number], said[number:], True
    *before, last = said
    if before and is_past_tense(said[0]):
        # FailedLogin: the verb stands in front, like an adjective.
        return [*before[1:], last], said[:1], True
    made = past_tense(last)
    if made:
        return before, made, True
    beside = verb_beside(last)
    if beside is None and before:
        # TriggerAgentAction: an order, and so the verb stands in front.
        made = past_tense(said[0])
    if made:
        return said[1:], made, True
    return said, [beside or VERB], False


def _said_by(stem: str) -> list[str]:
    return [word for word in words(stem) if word.lower() not in _GENERIC]


def _alike(one: str, other: str) -> bool:
    return one.lower().rstrip("s") == other.lower().rstrip("s")


def _joined(said: Iterable[str]) -> str:
    return "".join(word[0].upper() + word[1:] for word in said)
