"""``keb-govern contract``: the tests that follow from the catalog, and no others, run by pytest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from governance.cli import BUG, CLEAN, FINDINGS, INTERRUPTED, USAGE, Command, say
from governance.errors import UsageError

if TYPE_CHECKING:
    import pytest

# Pytest would rather have loaded the package of its plugin itself; there are no asserts in it.
_QUIET = (
    "ignore:Module already imported so cannot be rewritten; governance:"
    "pytest.PytestAssertRewriteWarning"
)


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "arguments",
        nargs="*",
        metavar="ARGUMENT",
        help="further arguments for pytest: options of its own stand behind --",
    )
    add("-k", dest="words", metavar="EXPRESSION", help="only tests that match, as in pytest -k")
    add(
        "--server",
        metavar="URL|PATH",
        help="the server to use, or the program to start one (default: what is found)",
    )
    add(
        "--write-reads",
        action="store_true",
        help="instead of trying handlers, write what they look at to `reads` in participants.yaml",
    )


def _run(args: argparse.Namespace) -> int:
    try:
        import pytest
    except ImportError as error:
        raise UsageError("contract tests run on pytest: `pip install pytest`") from error
    words = ["--keb", "-W", _QUIET, *(["--keb-write-reads"] if args.write_reads else [])]
    words += ["--keb-server", args.server] if args.server else []
    words += ["-k", args.words] if args.words else []
    ours = _Ours()
    code = pytest.main([*words, *args.arguments], plugins=[ours])
    if ours.is_interrupted:
        return INTERRUPTED
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        say("no test was run: is there an event in the catalog, and one that -k matches?")
    known = {
        pytest.ExitCode.OK: CLEAN,
        pytest.ExitCode.TESTS_FAILED: FINDINGS,
        pytest.ExitCode.INTERNAL_ERROR: BUG,
    }
    return known.get(pytest.ExitCode(code), USAGE)


class _Ours:
    """A plugin of pytest that leaves the other tests of a project alone."""

    def __init__(self) -> None:
        self.is_interrupted = False

    def pytest_ignore_collect(self, collection_path: Path, config: pytest.Config) -> bool | None:
        """Say of a file in which nothing follows from the catalog that it is to be passed over."""
        from governance.contract.collect import subject

        if collection_path.is_dir() or collection_path.name == "conftest.py":
            return None
        is_ours = collection_path.resolve().is_relative_to(subject(config).folder.resolve())
        return None if is_ours else True

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that somebody has had enough."""
        self.is_interrupted = True


COMMAND = Command(
    "contract", "test the code that lives by the catalog, with pytest", _configure, _run
)
