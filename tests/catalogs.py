"""Catalogs made from a few lines of text."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from governance.catalog.files import RawFile, read_folder
from governance.catalog.load import load
from governance.check import check
from governance.config import Config, parse
from governance.finding import Report
from governance.rules import Context, Rule, Scope, all_rules

TODAY = date(2026, 11, 23)

_FILE = re.compile(r"(?m)^# file: (\S+)(?:, (\S+))?\n")
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
    """Return what rules find in the files that a text stands for; ``# settings:`` is TOML."""
    said = "\n".join(_SETTINGS.findall(text))
    config = parse(tomllib.loads(said), "settings")
    raws = raw_files(_SETTINGS.sub("", text), max_file_bytes=config.max_file_bytes)
    return _judge(Context(load(raws), config, TODAY), rules)


def judge_folder(folder: Path, *rules: Rule, config: Config | None = None) -> Report:
    """Return what rules find in a folder; without ``config`` by its own ``keb-govern.toml``."""
    settings = folder / "keb-govern.toml"
    if config is None:
        config = parse(
            tomllib.loads(settings.read_text()) if settings.exists() else {}, settings.name
        )
    raws = read_folder(folder, config.max_file_bytes)
    return _judge(Context(load(raws), config, TODAY), rules)


def _judge(context: Context, rules: tuple[Rule, ...]) -> Report:
    if not any(rule.check.scope is Scope.SUPPRESSIONS for rule in rules):
        return check(context, rules)
    # Whether a comment has a use is decided by what every rule finds.
    ids = {rule.id for rule in rules}
    whole = check(context, all_rules())
    return whole._replace(findings=tuple(one for one in whole.findings if one.rule in ids))
