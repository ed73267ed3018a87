"""The JSON Schema of the catalog's file format, laid beside the catalog for editors."""

from __future__ import annotations

from governance.catalog.format import SHIPPED
from governance.catalog.model import Catalog
from governance.generate import Generator


def render(_: Catalog) -> str:
    """Return the schema as it is shipped: the rules and every editor read the same text."""
    return SHIPPED.read_text(encoding="utf-8")


GENERATOR = Generator(
    "catalog-schema",
    # Hidden, so that nobody takes it for a file of the catalog.
    "{catalog}/.catalog.schema.json",
    "lets an editor complete and check catalog files",
    render,
)
