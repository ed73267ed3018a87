"""What a change of files would make `check` find, before anything is written."""

from __future__ import annotations

from datetime import date

from governance.catalog.approval import Approval
from governance.catalog.files import RawFile
from governance.catalog.kept import load_files
from governance.catalog.known import Entry, known, matched
from governance.catalog.model import Catalog
from governance.check import check, entry_of, select
from governance.compare import compare_at
from governance.compat.verdict import Comparison
from governance.finding import Report
from governance.project import Project
from governance.rules import Context, all_rules


def trial(
    project: Project, was: Comparison, raws: tuple[RawFile, ...], today: date, *, use_cache: bool
) -> Report:
    """Return what ``check`` would find that it does not find as long as nothing is changed.

    Args:
        project: The catalog as it is.
        was: That catalog, compared with what it was before.
        raws: The files of the catalog, changed.
        today: The day by which sunsets and suppressions are judged.
        use_cache: Whether what earlier runs found in the history may be taken.
    """
    catalog, agreed = Catalog(load_files(raws, use_cache=use_cache)), was.terms.approvals
    now = None
    if was.label:
        now = compare_at(project._replace(raws=raws), catalog, agreed, use_cache=use_cache)
    before = _judged(project, was.new, was if was.label else None, agreed, today)
    after = _judged(project, catalog, now, agreed, today)
    is_known, _ = matched(_entries(before, was.new), _entries(after, catalog))
    new = [one for number, one in enumerate(after.findings) if number not in is_known]
    return after._replace(findings=tuple(new), known=0)


def _judged(
    project: Project,
    catalog: Catalog,
    comparison: Comparison | None,
    agreed: tuple[Approval, ...],
    today: date,
) -> Report:
    listed = known(project.known) if project.known else None
    context = Context(catalog, project.config, today, comparison, agreed, listed)
    return check(context, select(all_rules(), project.config))


def _entries(report: Report, catalog: Catalog) -> list[Entry]:
    paths = catalog.by_path
    return [
        entry_of(one, paths[one.file].relative if one.file in paths else "")
        for one in report.findings
    ]
