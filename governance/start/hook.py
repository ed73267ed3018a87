"""The hook of a project: an entry in ``.pre-commit-config.yaml``, put there as a text edit."""

from __future__ import annotations

import re
from typing import NamedTuple

from governance.catalog.document import Document
from governance.catalog.files import RawFile
from governance.catalog.flow import flow
from governance.catalog.load import load_file
from governance.schema.json import Json, JsonObject, as_list, as_object, as_text
from governance.start.origin import Origin

FILE = ".pre-commit-config.yaml"
# What `.pre-commit-hooks.yaml` says, for a hook that is not fetched.
_LOCAL: JsonObject = {
    "name": "keb-govern check (changed files)",
    "entry": "keb-govern check",
    "language": "system",
    "types_or": ["yaml", "json"],
    "exclude": r"/\.",
    "require_serial": True,
}
# Addresses and commit ids that no reader takes for anything but text.
_PLAIN = re.compile(r"(?:[a-z+]+://|git@|/)[\w./:@~+-]*[\w/]|(?=.*[a-df])[0-9a-f]{40}", re.ASCII)
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n")
_COMMENTS = r"(?:[ \t]*\r?\n)*[ ]{%d,}#[^\n]*(?:\n|$)"


class UnfitError(Exception):
    """A file can't be edited; the text says why."""


class Hook(NamedTuple):
    """The entry of a project.

    Attributes:
        origin: Where pre-commit fetches it; None to run what is installed.
        catalog: The catalog folder, from the top of the repository.
        settings: The file of the settings, likewise; empty where they are found without.
    """

    origin: Origin | None
    catalog: str
    settings: str = ""

    @property
    def entry(self) -> JsonObject:
        """The entry as pre-commit reads it."""
        own: JsonObject = {"id": "keb-govern"}
        if self.origin is None:
            own |= _LOCAL
        # What the hook says itself takes the catalogs of all projects below for one.
        own["files"] = f"^{re.escape(self.catalog)}/" if self.catalog else "^[^.]"
        if self.settings:
            own["args"] = ["--config", self.settings]
        if self.origin is None:
            return {"repo": "local", "hooks": [own]}
        return {"repo": self.origin.address, "rev": self.origin.revision, "hooks": [own]}

    def lines(self, column: int = 2) -> list[str]:
        """Return the entry as lines of YAML, ``column`` columns from the margin."""
        entry = self.entry
        repo, revision = _scalar(entry["repo"]), ""
        if self.origin is None:
            repo += "  # runs what is installed; with `repo` and `rev` all run the same version"
        else:
            version = f"  # v{self.origin.version}" if self.origin.version else ""
            revision = f"rev: {_scalar(entry['rev'])}{version}"
        first, *more = (f"{key}: {flow(value)}" for key, value in entry["hooks"][0].items())
        inner = [
            f"repo: {repo}",
            revision,
            "hooks:",
            f"  - {first}",
            *(f"    {one}" for one in more),
        ]
        return [
            f"{' ' * column}{'  ' if number else '- '}{line}"
            for number, line in enumerate(inner)
            if line
        ]

    def text(self) -> str:
        """Return a file with this entry alone."""
        return "\n".join(["repos:", *self.lines(), ""])

    def added(self, data: bytes) -> str | None:
        """Return the text of a file with this entry behind those that it has.

        Args:
            data: What the file holds. Its comments and layout stay.

        Returns:
            The text; None where it has such an entry already.

        Raises:
            UnfitError: It can't be read, or nobody could say where the entry belongs.
        """
        document = load_file(RawFile(FILE, FILE, data, None)).document
        if document.root is None or not isinstance(document.root, dict):
            raise UnfitError(_why(document))
        if any(self._is_like(one) for one in _hooks(document.root)):
            return None
        repos = document.root.get("repos")
        if not isinstance(repos, list):
            raise UnfitError("it has no list `repos`")
        start, end = document.extent("/repos")
        is_flow = document.text[start : start + 1] == "["
        made = self._in_brackets(document, end) if is_flow else self._in_lines(document, start, end)
        if not _holds(made, {**document.root, "repos": [*repos, self.entry]}):
            raise UnfitError("its layout is an unusual one")
        return data[: len(data) - len(data.lstrip(b"\xef\xbb\xbf"))].decode() + made

    def _is_like(self, hook: JsonObject) -> bool:
        """Say whether a hook is one of ours, for the same project."""
        if "keb-govern" not in f"{hook.get('id')} {hook.get('entry')}":
            return False
        words = [word for one in as_list(hook.get("args")) if (word := as_text(one))]
        named = [word.rpartition("=")[2] for word in words if word.endswith(".toml")]
        return self.settings in named if self.settings else not any("/" in one for one in named)

    def _in_brackets(self, document: Document, end: int) -> str:
        text, at = document.text, end - 1
        before = text[:at].rstrip()
        comma = "" if before.endswith(("[", ",")) else ", "
        return f"{before}{comma}{flow(self.entry)}{text[len(before) :]}"

    def _in_lines(self, document: Document, start: int, end: int) -> str:
        text = document.text
        column = document.lines.position(start)[1] - 1
        newline = "\r\n" if "\r\n" in text else "\n"
        found = text.find("\n", end)
        at = found + 1 if found >= 0 else len(text)
        # Comments that stand further in than an entry belong to the last one.
        behind = re.compile(_COMMENTS % (column + 1))
        while comment := behind.match(text, at):
            at = comment.end()
        lines = self.lines(column)
        if _is_spaced(document):
            lines.insert(0, "")
        made = "".join(line + newline for line in lines)
        return text[:at] + ("" if text[:at].endswith("\n") else newline) + made + text[at:]


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else flow(text)


def _hooks(root: JsonObject) -> list[JsonObject]:
    entries = [as_object(one) for one in as_list(root.get("repos"))]
    return [as_object(hook) for entry in entries for hook in as_list(entry.get("hooks"))]


def _is_spaced(document: Document) -> bool:
    """Say whether blank lines stand between the last two entries."""
    count = len(document.root["repos"])
    if count < 2:  # noqa: PLR2004  two, between which something may stand
        return False
    behind = document.extent(f"/repos/{count - 2}")[1]
    return bool(
        _BLANK_LINE.search(document.text, behind, document.extent(f"/repos/{count - 1}")[0])
    )


def _why(document: Document) -> str:
    for problem in document.problems:
        return f"line {document.place_of(problem).span.line}: {problem.message}"
    return "it is no mapping"


def _holds(text: str, wanted: Json) -> bool:
    document = load_file(RawFile(FILE, FILE, text.encode(), None)).document
    return bool(document.root == wanted)
