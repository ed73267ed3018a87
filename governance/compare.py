"""A catalog beside what it was at a commit or in another folder: read, compared, judged."""

from __future__ import annotations

from collections.abc import Sequence

from governance.baseline.load import Former, load_at
from governance.baseline.releases import History, history
from governance.catalog.approval import Approval
from governance.catalog.model import Catalog, EventSchema
from governance.compat.verdict import Comparison, Past, Terms
from governance.errors import BaselineError
from governance.project import Project


def compare_at(
    project: Project,
    catalog: Catalog,
    agreed: tuple[Approval, ...] = (),
    *,
    use_cache: bool = True,
) -> Comparison | None:
    """Compare a catalog with what it was.

    Args:
        project: What is looked at, and what it is compared with.
        catalog: The catalog that its files make.
        agreed: The breaks that a team has agreed to.
        use_cache: Whether what earlier runs found in the history may be taken.

    Returns:
        The comparison; None where there is nothing to compare with.

    Raises:
        BaselineError: What is compared with can't be read.
    """
    point, config = project.point, project.config
    if point is None or not point.label:
        return None
    former = load_at(
        point,
        catalog,
        project.raws,
        config.max_file_bytes,
        deep=project.deep,
        use_cache=use_cache,
    )
    old, releases = former.catalog, _Releases(project, former, use_cache=use_cache)
    terms = Terms(config.compatibility, agreed, releases)
    # Most runs find that nothing has changed, and the engine costs start-up time.
    if old.files == catalog.files:
        return Comparison(point.label, old, catalog, (), terms)
    from governance.compat.comparison import compare  # noqa: PLC0415  as said

    return compare(point.label, old, catalog, terms)


class _Releases:
    """The earlier releases of events, read from the history when one is asked for."""

    def __init__(self, project: Project, former: Former, *, use_cache: bool) -> None:
        self._project = project
        self._former = former
        self._use_cache = use_cache
        self._history: History | None = None

    def __call__(self, event: EventSchema, version: str | None = None) -> Sequence[Past]:
        point = self._project.point
        if point is None or point.commit is None:
            return ()
        if self._history is None:
            most, read = self._project.config.max_file_bytes, self._former.by_blob
            self._history = history(point, most, read, use_cache=self._use_cache)
        if version is None and not self._history.is_complete:
            raise BaselineError(
                f"{event.type} promises to fit all its releases, and this clone is shallow: "
                "`git fetch --unshallow` brings them (`fetch-depth: 0` of actions/checkout)"
            )
        found = []
        for name in event.names:
            for one in self._history.releases_of(name):
                if version in {None, one.version}:
                    catalog = self._history.catalog_of(one)
                    was = catalog.by_type.get(one.event)
                    if was is not None:
                        found.append(Past(one.version, catalog, was))
        return found
