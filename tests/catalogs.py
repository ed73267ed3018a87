"""Catalogs made from a few lines of text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from governance.catalog.approval import Approval, approvals
from governance.catalog.files import RawFile, read_approvals, read_folder, read_known
from governance.catalog.known import known
from governance.catalog.load import load
from governance.catalog.model import Catalog, EventSchema
from governance.check import examine
from governance.compat.comparison import compare
from governance.compat.verdict import Comparison, Past, Terms
from governance.config import Config, parse
from governance.finding import Finding, Fix, Report
from governance.rewrite.fix import Judged, Mended, mend
from governance.rules import Context, Rule, Scope, all_rules

TODAY = date(2026, 11, 23)

_FILE = re.compile(r"(?m)^# file: (\S+)(?:, (\S+))?\n")
# A text of a catalog that is compared starts with the catalog that it is compared with.
_SIDES = re.compile(r"(?m)^# (baseline|current|released|known|approval)\n")
_SETTINGS = re.compile(r"(?m)^# settings: (.+)\n")


def raw_files(
    text: str, first: str = "task.yaml", max_file_bytes: int = Config().max_file_bytes
) -> tuple[RawFile, ...]:
    """Return the files that a text stands for; ``# file: NAME[, ENCODING]`` starts one.

    With ``link`` for an encoding, the file is a symbolic link to the path that follows.
    """
    parts = _FILE.split(text)
    with TemporaryDirectory() as name:
        folder = Path(name)
        if parts[0].strip() or len(parts) == 1:
            (folder / first).write_bytes(parts[0].encode())
        for path, encoding, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            if encoding == "link":
                (folder / path).symlink_to(body.strip())
            else:
                (folder / path).write_bytes(body.encode(encoding or "utf-8"))
        raws = read_folder(folder, max_file_bytes)
    return tuple(raw._replace(path=raw.relative) for raw in raws)


def judge(text: str, *rules: Rule) -> Report:
    """Return what rules find in the files that a text stands for; ``# settings:`` is TOML.

    ``# baseline`` starts the catalog that it is compared with, ``# released`` an earlier release,
    ``# current`` the catalog itself.
    """
    said = "\n".join(_SETTINGS.findall(text))
    config = parse(tomllib.loads(said), "settings")
    parts = _SIDES.split(_SETTINGS.sub("", text))
    sides = dict(zip(parts[1::2], parts[2::2], strict=True)) or {"current": parts[0]}

    def catalog(side: str) -> Catalog | None:
        if side not in sides:
            return None
        return load(raw_files(sides[side], max_file_bytes=config.max_file_bytes))

    def beside(side: str, name: str) -> tuple[RawFile, ...]:
        return (RawFile(name, name, sides[side].encode(), None),) if side in sides else ()

    agreed = Agreed(beside("approval", "approval.yaml"), beside("known", "known.json"))
    return _judge(catalog, config, agreed, rules)[0]


class Agreed(NamedTuple):
    """What stands beside a catalog: approvals, and at most one list of known findings."""

    approvals: tuple[RawFile, ...] = ()
    known: tuple[RawFile, ...] = ()


def judge_folder(folder: Path, *rules: Rule, config: Config | None = None) -> Report:
    """Return what rules find in a folder; without ``config`` by its own ``keb-govern.toml``.

    A folder with ``baseline`` and ``current`` is a catalog that is compared.
    """
    return _Folder(folder, config).judge(rules)[0]


def mend_folder(
    folder: Path, *rules: Rule, wanted: Callable[[Finding, Fix], bool] = lambda *_: True
) -> tuple[Mended, set[str]]:
    """Mend what rules find in a folder, files unwritten; return the kinds of fixes as well.

    A file that can't be read any more, or has a key twice, is an error whatever the rules are.
    """
    here, ids = _Folder(folder, None), {rule.id for rule in rules}
    run = tuple(rule for rule in all_rules() if rule.id in {"KEB101", "KEB102", *ids})
    silenced = {rule.id: rule.silenced_by for rule in run}

    def judge(raws: tuple[RawFile, ...]) -> Judged:
        report, fixes = here.judge(run, load(raws))
        return Judged(report, {one: fixes[one] for one in fixes if one.rule in ids}, silenced)

    offered = {one.fix for one in here.judge(rules)[0].findings if one.fix}
    return mend(here.sides["current"], judge, wanted), offered


class _Folder:
    """A fixture folder: one catalog, or one beside what it was."""

    def __init__(self, folder: Path, config: Config | None) -> None:
        settings = folder / "keb-govern.toml"
        said = tomllib.loads(settings.read_text()) if settings.exists() else {}
        self.config = config or parse(said, settings.name)
        most = self.config.max_file_bytes
        inner = folder / "current" if (folder / "current").is_dir() else folder
        kept = read_known(inner)
        self.agreed = Agreed(read_approvals(inner, most), (kept,) if kept else ())
        self.sides = {"current": read_folder(folder, most)} if inner == folder else {}
        for side in ("current", "baseline", "released") if inner != folder else ():
            if (folder / side).is_dir():
                paths = side + ":" if side != "current" else ""
                self.sides[side] = tuple(
                    raw._replace(path=paths + raw.relative)
                    for raw in read_folder(folder / side, most)
                )

    def judge(
        self, rules: tuple[Rule, ...], current: Catalog | None = None
    ) -> tuple[Report, dict[Finding, Fix]]:
        sides = {side: load(raws) for side, raws in self.sides.items()}
        if current is not None:
            sides["current"] = current
        return _judge(sides.get, self.config, self.agreed, rules)


def compared(
    old: Catalog,
    new: Catalog,
    config: Config | None = None,
    releases: tuple[Catalog, ...] = (),
    agreed: tuple[Approval, ...] = (),
) -> Comparison:
    """Return two catalogs compared; further ones are earlier releases, oldest first."""

    def past(event: EventSchema, version: str | None = None) -> tuple[Past, ...]:
        found = ((one, one.by_type.get(event.type)) for one in releases)
        return tuple(
            Past(str(was.version), one, was)
            for one, was in found
            if was is not None and version in {None, was.version}
        )

    compatibility = (config or Config()).compatibility
    return compare("main", old, new, Terms(compatibility, agreed, past))


def _judge(
    catalog: Callable[[str], Catalog | None],
    config: Config,
    agreed: Agreed,
    rules: tuple[Rule, ...],
) -> tuple[Report, dict[Finding, Fix]]:
    current, baseline, released = (catalog(side) for side in ("current", "baseline", "released"))
    assert current is not None
    signed = approvals(agreed.approvals)
    comparison = None
    if baseline is not None:
        comparison = compared(baseline, current, config, (released,) if released else (), signed)
    lists = [known(raw) for raw in agreed.known]
    context = Context(current, config, TODAY, comparison, signed, lists[0] if lists else None)
    if not any(rule.check.scope in {Scope.SUPPRESSIONS, Scope.KNOWN} for rule in rules):
        return examine(context, rules)
    # Whether a comment or an entry has a use is decided by what every rule finds.
    ids = {rule.id for rule in rules}
    whole, fixes = examine(context, all_rules())
    found = tuple(one for one in whole.findings if one.rule in ids)
    return whole._replace(findings=found), {one: fixes[one] for one in found if one in fixes}
