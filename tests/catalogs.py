"""Catalogs made from a few lines of text."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

from governance.catalog.files import RawFile, read_folder
from governance.catalog.load import load
from governance.check import check
from governance.config import Config, parse
from governance.finding import Report
from governance.rules import Context, Rule

TODAY = date(2026, 11, 23)

_FILE = re.compile(r"(?m)^# file: (\S+)(?:, (\S+))?\n")
_SETTINGS = re.compile(r"(?m)^# settings: (.+)\n")


def raw_files(text: str, first: str = "task.yaml") -> tuple[RawFile, ...]:
    """Return the files that a text stands for; ``# file: NAME[, ENCODING]`` starts a further one."""
    parts = _FILE.split(text)
    files = {first: parts[0].encode()} if parts[0].strip() or len(parts) == 1 else {}
    for name, encoding, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        files[name] = body.encode(encoding or "utf-8")
    return tuple(RawFile(name, name, data, None) for name, data in sorted(files.items()))


def judge(text: str, *rules: Rule) -> Report:
    """Return what the given rules find in the files that a text stands for; ``# settings:`` lines are TOML."""
    said = "\n".join(_SETTINGS.findall(text))
    config = parse(tomllib.loads(said), "settings")
    raws = raw_files(_SETTINGS.sub("", text))
    return check(Context(load(raws), config, TODAY), rules)


def judge_folder(folder: Path, *rules: Rule, config: Config | None = None) -> Report:
    """Return what the given rules find in a folder; without ``config``, by its ``keb-govern.toml`` if it has one."""
    settings = folder / "keb-govern.toml"
    if config is None:
        config = parse(
            tomllib.loads(settings.read_text()) if settings.exists() else {}, settings.name
        )
    return check(Context(load(read_folder(folder, config.max_file_bytes)), config, TODAY), rules)
