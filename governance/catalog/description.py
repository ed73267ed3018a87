"""Descriptions: whether there is one, and whether it says anything."""

from __future__ import annotations

import re

from governance.catalog.model import Catalog
from governance.catalog.names import words
from governance.catalog.refs import RefError, parts
from governance.catalog.tree import SchemaTree, Target
from governance.schema.json import Json

# Words that say nothing of their own beside a name.
_EMPTY = frozenset(
    "a an the of this that its it is was were has been be field value event events property".split()
)
_WORDS = re.compile(r"[^\W_]+")
_PLACEHOLDER = re.compile(
    r"\W*(?:(?:add |some |the |a )?(?:description|desc)(?: here)?|todo|tbd|tba|fixme|xxx+|n/?a|none"
    r"|null|placeholder|string|text|lorem ipsum.*|to be (?:defined|described|determined|done)"
    r"|fill (?:me )?in)?\W*",
    re.IGNORECASE | re.DOTALL,
)
TO_DO = ("TODO", "TBD", "FIXME", "XXX")
_LONGEST_PLACEHOLDER = 30
# A text that is longer than the name by more than this says something, or at least tries to.
LONGER = 28


def says_something(schema: Json) -> bool:
    """Say whether a schema, or an event, has a description; what is no text counts as one."""
    said = schema.get("description", "") if isinstance(schema, dict) else ""
    return not isinstance(said, str) or bool(said.strip())


def is_described(catalog: Catalog, start: SchemaTree | Target) -> bool:
    """Say whether a schema has a description, or something that it refers to and holds with it.

    A reference that can't be followed counts as described: nobody knows.
    """
    return any(
        isinstance(part, RefError) or says_something(part.schema) for part in parts(catalog, start)
    )


def is_placeholder(text: str) -> bool:
    """Say whether a description only holds the place of one that is still to be written."""
    if text.lstrip().startswith(TO_DO):
        return True
    return len(text) <= _LONGEST_PLACEHOLDER and bool(_PLACEHOLDER.fullmatch(text))


def says_nothing(text: str, *names: str) -> bool:
    """Say whether a description is a placeholder, or has no word that the names do not have.

    Small words, such as "the", do not count.
    """
    joined = "".join(names).lower()
    if len(text) > len(joined) + LONGER:
        return text.startswith(TO_DO)
    for word in text.lower().split():
        # Nearly every description has a word that makes an end here.
        bare = word.strip(".,;:!")
        if bare not in _EMPTY and bare.isalpha() and _stem(bare) not in joined:
            return is_placeholder(text)
    said = {_stem(word) for word in _WORDS.findall(text.lower()) if word not in _EMPTY}
    known = {_stem(word.lower()) for name in names for word in words(name)}
    return is_placeholder(text) or (bool(said) and said <= known)


def _stem(word: str) -> str:
    """Return what a word and its plural have in common."""
    return word.rstrip("es") or word
