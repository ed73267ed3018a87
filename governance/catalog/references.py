"""Where references have to lead once events and components stand elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote

from governance.catalog.model import Catalog
from governance.catalog.refs import RefError, follow
from governance.errors import CatalogError
from governance.schema.pointer import within


class Led(NamedTuple):
    """A reference that has to lead elsewhere.

    Attributes:
        path: The file that it stands in.
        pointer: Where in the file.
        ref: What it has to say.
    """

    path: str
    pointer: str
    ref: str


def led(catalog: Catalog, moved: Mapping[tuple[str, str], str], paths: set[str]) -> Iterator[Led]:
    """Yield the references that follow what has moved.

    Args:
        catalog: The catalog as it is.
        moved: New pointers, by path and pointer of what has moved.
        paths: The files that may be rewritten.

    Raises:
        CatalogError: Such a reference stands in another file.
    """
    for tree in catalog.trees.values():
        for node in tree.having("$ref"):
            ref = node.schema["$ref"]
            try:
                target = follow(catalog, tree, ref)
            except RefError:
                continue
            file, _, said = ref.partition("#")
            # One that starts at the root of its own schema moves with it.
            if unquote(said) != target.pointer:
                continue
            for (path, pointer), new in moved.items():
                if path == target.document.path and within(target.pointer, pointer):
                    if tree.document.path not in paths:
                        raise CatalogError(
                            f"{node.at('/$ref')}: this leads to {pointer} in {path}, which moves: "
                            f"adopt that file together with this one, or write out what is meant"
                        )
                    behind = quote(new + target.pointer[len(pointer) :], safe="/~$!&'()*+,;=:@")
                    place = tree.pointer + node.pointer + "/$ref"
                    yield Led(tree.document.path, place, f"{file}#{behind}")
