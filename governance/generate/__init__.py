"""What a generator is. Every other module here is exactly one, and ends in ``GENERATOR``."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from governance.catalog.model import Catalog
from governance.config import Config


class Generator(NamedTuple):
    """One generated artefact; pure: catalog in, text out.

    Attributes:
        name: What ``keb-govern generate`` calls it.
        path: Where it is written, from the folder of the settings; ``{catalog}`` stands for the
            catalog folder.
        summary: What it is for, in half a line.
        render: Makes the whole text, line breaks included.
    """

    name: str
    path: str
    summary: str
    render: Callable[[Catalog], str]

    def place(self, config: Config) -> str:
        """Return where it is written, from the folder of the settings."""
        return self.path.format(catalog=config.catalog)
