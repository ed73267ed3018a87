"""Ask the ``git`` program, in a way that changes nothing, fetches nothing and waits for nobody."""

from __future__ import annotations

import os
import re
import subprocess
import weakref
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import IO, NamedTuple

from governance.errors import BaselineError

# Which repository git looks at is for us to say, not for the hook that we may run in. What
# `-c` and GIT_CONFIG_COUNT set stays: a container says there whose repositories it trusts.
_LOCAL = """
GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_OBJECT_DIRECTORY GIT_DIR GIT_WORK_TREE
GIT_IMPLICIT_WORK_TREE GIT_GRAFT_FILE GIT_INDEX_FILE GIT_NO_REPLACE_OBJECTS GIT_REPLACE_REF_BASE
GIT_PREFIX GIT_INTERNAL_SUPER_PREFIX GIT_SHALLOW_FILE GIT_COMMON_DIR GIT_GLOB_PATHSPECS
GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS GIT_EXTERNAL_DIFF
""".split()
_OURS = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    # The first is for git from 2.45 on; before, to allow no protocol is what keeps a partial clone
    # from fetching.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
}
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# A file system monitor is a program of the repository's choice.
_ALWAYS = ("--no-pager", "-c", "core.fsmonitor=false")
# Far more than any history takes; a git that waits for something must not make us wait forever.
_LONGEST_SECONDS = 600
# Requests of some 65 bytes: all that are on their way fit into the smallest pipe there is, so
# neither side ever waits for the other.
_IN_FLIGHT = 48
_CHUNK = 1 << 20


class GitMissingError(BaselineError):
    """There is no ``git`` program that could be run."""


def is_id(text: str) -> bool:
    """Say whether a text is a full object id, by SHA-1 or SHA-256."""
    return _ID.fullmatch(text) is not None


class Answer(NamedTuple):
    """What git said.

    Attributes:
        code: Its exit code, 0 for success.
        out: What it printed.
        errors: What it printed on standard error.
    """

    code: int
    out: bytes
    errors: str

    @property
    def reason(self) -> str:
        """Why it failed, in its own words: one line."""
        lines = [line for line in self.errors.splitlines() if line.strip()]
        said = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
        return said[0].strip() if said else f"it ended with code {self.code}"


def ask(folder: Path, *words: str, index: Path | None = None) -> Answer:
    """Run one git command to its end.

    Args:
        folder: Where git looks for the repository.
        words: The subcommand and its arguments.
        index: An index file to read in place of the repository's own.

    Raises:
        BaselineError: There is no git, or it does not end.
    """
    environment = _environment()
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index)
    try:
        done = subprocess.run(
            _command(folder, words),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BaselineError(
            f"`git {words[0]}` did not end in {_LONGEST_SECONDS} seconds"
        ) from error
    except (OSError, ValueError) as error:
        raise _not_run(error) from error
    return Answer(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def read(folder: Path, *words: str, index: Path | None = None) -> bytes:
    """Return what one git command prints.

    Raises:
        BaselineError: It fails; the text holds git's reason.
    """
    answer = ask(folder, *words, index=index)
    if answer.code:
        raise BaselineError(f"`git {words[0]}` fails: {answer.reason}")
    return answer.out


class MissingError(Exception):
    """The repository lacks an object that it knows of: it is shallow, partial or damaged."""


class Objects:
    """One ``git cat-file --batch``: reads any number of blobs, each when it is asked for.

    The process ends with this object or with our process, whichever is first.

    Args:
        folder: Where git looks for the repository.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._finish: weakref.finalize[..., Objects] | None = None

    def blobs(
        self, ids: Iterable[str], max_bytes: int
    ) -> Generator[tuple[str, bytes | int], None, None]:
        """Yield each blob with its id, in order; of one above ``max_bytes`` the size alone.

        Raises:
            MissingError: One is not there.
            BaselineError: Git fails.
        """
        todo = iter(ids)
        first = list(islice(todo, 1))
        if not first:
            return
        todo = chain(first, todo)
        source, sink = self._pipes()
        under_way = list[str]()
        is_done = False
        try:
            while True:
                # Filled up by halves: a write for each answer would wake both sides each time.
                if len(under_way) <= _IN_FLIGHT // 2:
                    more = list(islice(todo, _IN_FLIGHT - len(under_way)))
                    # A git that has given up says why in the answers that are still to be read.
                    with suppress(BrokenPipeError):
                        sink.write("".join(f"{one}\n" for one in more).encode())
                        sink.flush()
                    under_way += more
                if not under_way:
                    break
                wanted = under_way.pop(0)
                yield wanted, self._blob(source, wanted, max_bytes)
            is_done = True
        except OSError as error:
            raise BaselineError(f"`git cat-file` fails: {error.strerror}") from error
        finally:
            # Whoever stopped in the middle left answers unread.
            if not is_done:
                self.close()

    def close(self) -> None:
        """End the process; another one starts when it is needed."""
        if self._finish is not None:
            self._finish()
        self._process = self._finish = None

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    _command(self._folder, ("cat-file", "--batch")),
                    env=_environment(),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except (OSError, ValueError) as error:
                raise _not_run(error) from error
            self._finish = weakref.finalize(self, _end, self._process)
        source, sink = self._process.stdout, self._process.stdin
        if source is None or sink is None:
            raise AssertionError("both were asked for")
        return source, sink

    def _blob(self, source: IO[bytes], wanted: str, max_bytes: int) -> bytes | int:
        head = source.readline(_CHUNK)
        parts = head.split()
        # An old git can't be told not to fetch what is missing: it tries, and gives up.
        if not head or parts[1:] == [b"missing"]:
            raise MissingError(wanted)
        if len(parts) != 3 or parts[0].decode(errors="replace") != wanted or parts[1] != b"blob":  # noqa: PLR2004  id, type, size
            text = head[:80].decode(errors="replace").strip()
            raise BaselineError(f"`git cat-file` answers {text!r} when asked for {wanted}")
        size = int(parts[2]) if parts[2].isdigit() else -1
        if size > max_bytes:
            left = size + 1
            while left > 0 and (chunk := source.read(min(left, _CHUNK))):
                left -= len(chunk)
            data, is_whole = b"", not left
        else:
            data = source.read(size + 1) if size >= 0 else b""
            is_whole = len(data) == size + 1 and data.endswith(b"\n")
        if not is_whole:
            raise BaselineError(f"`git cat-file` stops in the middle of {wanted}")
        return size if size > max_bytes else data[:-1]


def _end(process: subprocess.Popen[bytes]) -> None:
    # It only reads: there is nothing that it could leave half done.
    process.kill()
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:  # what was still to be written has nowhere to go
            continue
    process.wait()


def _command(folder: Path, words: Sequence[str]) -> list[str]:
    return ["git", "-C", str(folder), *_ALWAYS, *words]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _LOCAL}
    return {**kept, **_OURS}


def _not_run(error: OSError | ValueError) -> BaselineError:
    if isinstance(error, FileNotFoundError):
        return GitMissingError("git is not installed, or not on the PATH")
    if isinstance(error, OSError):
        return BaselineError(f"git can't be run: {error.strerror}")
    return BaselineError(f"git can't be asked that: {error}")
