"""The settings: ``keb-govern.toml``, or ``[tool.keb-govern]`` in ``pyproject.toml``."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from governance.errors import ConfigError
from governance.finding import Severity

_COMPATIBILITIES = (
    "full",
    "backward",
    "forward",
    "none",
    "full_transitive",
    "backward_transitive",
    "forward_transitive",
)


class Config(NamedTuple):
    """Every setting with its default; in the file a name has hyphens for underscores.

    Attributes:
        catalog: Folder of the catalog, from the settings file.
        select: Rules to run, by id, by the start of an id, by name, or ``ALL``.
        ignore: Rules not to run, spelled likewise.
        per_file_ignores: Rules not to run for files that match a glob from the catalog folder.
        severity: Severity of a rule, instead of its own.
        fail_on: Findings of this severity or worse make ``check`` exit with 1.
        past_tense_verbs: Further verbs that an event type may end in.
        credential_fields: Further field names that mean a credential.
        personal_fields: Further field names that mean personal data.
        formats: Further values of ``format`` that both ends of the bus know.
        max_file_bytes: Size in bytes above which a file is not read.
        max_payload_bytes: Size in bytes that no event may exceed as JSON.
        compatibility: What an event promises its readers where it does not say.
    """

    catalog: str = "event_schemas"
    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    severity: tuple[tuple[str, Severity], ...] = ()
    fail_on: Severity = Severity.ERROR
    past_tense_verbs: tuple[str, ...] = ()
    credential_fields: tuple[str, ...] = ()
    personal_fields: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    max_file_bytes: int = 2_000_000
    max_payload_bytes: int = 1_000_000
    compatibility: str = "full"


class Settings(NamedTuple):
    """The settings and the file that they come from.

    Attributes:
        config: The settings.
        folder: The folder that paths in them start from.
        source: Path of the file, or None where there is none.
    """

    config: Config
    folder: Path
    source: Path | None

    @property
    def catalog(self) -> Path:
        """The catalog folder as a person would type it: relative where it lies below this one."""
        path, here = self.folder / self.config.catalog, Path.cwd()
        return path.relative_to(here) if path.is_relative_to(here) else path


def find(start: Path) -> Settings:
    """Return the settings that hold in a folder.

    They come from the nearest file in it or above it, up to the root of the repository.

    Raises:
        ConfigError: The file can't be read, or says something that has no meaning.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        for name in ("keb-govern.toml", "pyproject.toml"):
            path = folder / name
            # tomllib costs as much as a small check: most projects that use us have nothing for it
            # to read.
            if path.is_file() and (name == "keb-govern.toml" or b"keb-govern" in path.read_bytes()):
                table = _table(path)
                if table is not None:
                    return Settings(parse(table, path.name), folder, path)
        if (folder / ".git").exists():
            break
    return Settings(Config(), start, None)


def read(path: Path) -> Settings:
    """Return the settings in one file.

    Raises:
        ConfigError: The file can't be read, or says something that has no meaning.
    """
    return Settings(parse(_table(path) or {}, path.name), path.absolute().parent, path)


def _table(path: Path) -> dict[str, Any] | None:
    import tomllib  # noqa: PLC0415  only where there is something to read

    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.name} can't be read: {error}") from error
    if path.name == "pyproject.toml":
        table = table.get("tool", {}).get("keb-govern")
    return table if isinstance(table, dict) else None


def parse(table: Mapping[str, Any], source: str) -> Config:
    """Return the settings that a table holds.

    Args:
        table: Names, with hyphens, and values as TOML has them.
        source: Name of the file, for messages.

    Raises:
        ConfigError: A name or value has no meaning; the text says which, and what would have.
    """
    given: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in _READERS:
            raise ConfigError(f"{source}: there is no setting {key!r}{_likely(key)}")
        try:
            given[name] = _READERS[name](value)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise ConfigError(
                f"{source}: {key} = {value!r} has no meaning: it must be {_SHAPES[_READERS[name]]}"
            ) from error
    return Config(**given)


def _likely(key: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  only for a mistake

    close = get_close_matches(key, [name.replace("_", "-") for name in Config._fields], 1)
    return f": did you mean {close[0]!r}?" if close else ""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(item) for item in value)


def _table_of_texts(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted((key, _texts(texts)) for key, texts in value.items()))


def _severity(value: Any) -> Severity:
    return Severity.parse(value)


def _severities(value: Any) -> tuple[tuple[str, Severity], ...]:
    return tuple(sorted((key, Severity.parse(label)) for key, label in value.items()))


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise TypeError
    return value


def _compatibility(value: Any) -> str:
    if value not in _COMPATIBILITIES:
        raise ValueError
    return str(value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "catalog": _text,
    "select": _texts,
    "ignore": _texts,
    "per_file_ignores": _table_of_texts,
    "severity": _severities,
    "fail_on": _severity,
    "past_tense_verbs": _texts,
    "credential_fields": _texts,
    "personal_fields": _texts,
    "formats": _texts,
    "max_file_bytes": _size,
    "max_payload_bytes": _size,
    "compatibility": _compatibility,
}
_SHAPES: dict[Callable[[Any], Any], str] = {
    _text: "a text",
    _texts: "a list of texts",
    _table_of_texts: "a table from glob to a list of rules",
    _severity: "error, warning or info",
    _severities: "a table from rule to error, warning or info",
    _size: "a whole number above 0",
    _compatibility: " or ".join(_COMPATIBILITIES),
}
