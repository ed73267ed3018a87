"""Fetch into the clone of a run what a comparison lacks: from its origin, and nothing else."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from governance.baseline.git import Answer, ask

# A runner is paid for by the minute, and a server that hangs must not keep it.
_LONGEST_SECONDS = 180
_QUIETLY = ("--quiet", "--no-tags", "--no-recurse-submodules")
# A monitor is a program of the repository's choice; to tidy up is nothing that a run waits for.
_SETTINGS = ("core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false")


class Origin:
    """Where the clone of a run came from.

    Args:
        root: Top of the work tree.
        environment: Variables of the run.
        token: What the run may prove itself with; empty for nothing.
    """

    def __init__(self, root: Path, environment: Mapping[str, str], token: str = "") -> None:
        self._root = root
        self._environment = {
            **environment,
            **_credentials(root, environment, token),
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }

    def fetch(self, *wanted: str, depth: int = 0) -> str:
        """Fetch commits by id, or branches and tags by refspec.

        Args:
            wanted: What to fetch.
            depth: How many commits of each; 0 for all that the clone does not have yet.

        Returns:
            Why it failed; empty where it did not.
        """
        cut = [f"--depth={depth}"] if depth else []
        settings = [word for one in _SETTINGS for word in ("-c", one)]
        command = ["git", *settings, "fetch", *_QUIETLY, *cut, "origin", *wanted]
        try:
            done = subprocess.run(
                command,
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=_LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"`git fetch` did not end in {_LONGEST_SECONDS} seconds"
        except (OSError, ValueError) as error:
            return f"`git fetch` can't be run: {error}"
        answer = Answer(done.returncode, b"", done.stderr.decode(errors="replace"))
        return answer.reason if answer.code else ""


def _credentials(root: Path, environment: Mapping[str, str], token: str) -> dict[str, str]:
    """Return the variables by which git proves to the server of the run who asks.

    A checkout with `persist-credentials: false` leaves none behind, and a private repository
    answers nobody without. What a checkout did leave is taken as it is: the server refuses two.
    """
    server = environment.get("GITHUB_SERVER_URL", "")
    if not token or not server:
        return {}
    if not ask(root, "config", "--get-regexp", r"^http\..*extraheader$").code:
        return {}
    said = environment.get("GIT_CONFIG_COUNT", "")
    number = int(said) if said.isdecimal() else 0
    secret = b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": f"http.{server}/.extraheader",
        f"GIT_CONFIG_VALUE_{number}": f"AUTHORIZATION: basic {secret}",
    }
