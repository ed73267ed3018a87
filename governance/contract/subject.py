"""What contract tests are about: a project's catalog, its events, and what they once were."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from governance import config
from governance.catalog.files import read_folder
from governance.catalog.load import load
from governance.catalog.model import EventSchema
from governance.contract.former import Former, Releases
from governance.contract.generate import Generator, Samples
from governance.errors import CatalogError


class Subject:
    """A project's catalog.

    Args:
        project: A folder of the project; its settings are looked for from there upwards.

    Raises:
        GovernError: There are no usable settings, or no catalog.
    """

    def __init__(self, project: Path) -> None:
        self._settings = config.find(project)
        self.folder = self._settings.catalog
        self.catalog = load(read_folder(self.folder, self._settings.config.max_file_bytes))
        self._generator = Generator(self.catalog)

    def samples(self, event: EventSchema) -> Samples:
        """Return what there is to try of an event.

        Raises:
            CatalogError: Its schema is broken, or it is not declared as the bus needs it.
        """
        if event.legacy:
            raise CatalogError(f"{event.at()}: {event.type} has the old layout: `keb-govern adopt`")
        if event.stream is None:
            raise CatalogError(
                f"{event.at()}: {event.type} is on no stream: see `keb-govern check`"
            )
        return self._generator.of(event)

    def former(self, event: EventSchema) -> list[Former]:
        """Return its released versions."""
        return self._releases.of(event)

    @cached_property
    def _releases(self) -> Releases:
        said = self._settings.config
        return Releases(self.folder, said.compatibility, said.max_file_bytes)
