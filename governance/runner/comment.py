"""One comment on the pull request, kept up to date: found again by a marker that nobody sees.

It is the only thing that ever leaves the runner, and goes to the server of the run alone. Where it
can't be written, the verdict stands all the same.

Source: GitHub REST API, "Issue comments"; of a pull request the number is that of its issue.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from http.client import HTTPException
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from governance.baseline.action import event
from governance.schema.json import Json, as_object, as_text

_SECONDS = 20
_MOST_BYTES = 32_000_000
# Comments come by the hundred; nobody reads a pull request with more than these.
_PER_PAGE, _MOST_PAGES = 100, 20
_READ_ONLY = {401, 403, 404}


class Thread(NamedTuple):
    """The conversation of a pull request.

    Attributes:
        api: Address of the server's API.
        repository: Owner and name.
        number: The pull request.
        token: What the run may prove itself with.
    """

    api: str
    repository: str
    number: int
    token: str


def thread(environment: Mapping[str, str], token: str) -> Thread | None:
    """Return the conversation to comment in; None where this run may not, or has none.

    The token of a run for a fork's pull request can only read.
    """
    if environment.get("GITHUB_EVENT_NAME") != "pull_request" or not token:
        return None
    pull = as_object(event(environment).get("pull_request"))
    head = as_object(as_object(pull.get("head")).get("repo"))
    repository, number = environment.get("GITHUB_REPOSITORY", ""), pull.get("number")
    api = environment.get("GITHUB_API_URL", "")
    is_fork = as_text(head.get("full_name")) != repository
    if is_fork or not isinstance(number, int) or urlsplit(api).scheme not in {"http", "https"}:
        return None
    return Thread(api.rstrip("/"), repository, number, token)


def marker(*about: str) -> str:
    """Return the line that a comment is found by: another one for each thing to comment about."""
    return f"<!-- keb-govern {sha256(repr(about).encode()).hexdigest()[:16]} -->"


def put(place: Thread, mark: str, text: str, *, is_news: bool) -> str:
    """Write the comment, or bring the one that is there up to date.

    Args:
        place: The conversation.
        mark: The line that it is found by.
        text: What it says, as Markdown.
        is_news: Whether to write it where there is none yet.

    Returns:
        Why it could not be written; empty where it was, or where there was nothing to write.
    """
    body = f"{mark}\n{text}"
    home = f"/repos/{quote(place.repository)}/issues"
    try:
        found = next(_ours(place, mark, home), None)
        if found is not None:
            if found.get("body") != body:
                _ask(place, "PATCH", f"{home}/comments/{found['id']}", {"body": body})
        elif is_news:
            _ask(place, "POST", f"{home}/{place.number}/comments", {"body": body})
    except HTTPError as error:
        error.close()
        if error.code in _READ_ONLY:
            return (
                f"this run may not comment (the server answers {error.code}): give the job "
                "`pull-requests: write`, or the action `comment: never`"
            )
        return f"the server answers {error.code}"
    except (OSError, HTTPException, ValueError, KeyError, RecursionError) as error:
        # What a library says of a request may hold the token.
        reason = getattr(error, "reason", None) or type(error).__name__
        return f"the server does not answer as expected ({reason})"
    return ""


def _ours(place: Thread, mark: str, home: str) -> Iterator[dict[str, Json]]:
    """Yield every comment that starts with the marker and was not put there by somebody else."""
    me: str | None = None
    for page in range(1, _MOST_PAGES + 1):
        path = f"{home}/{place.number}/comments?per_page={_PER_PAGE}&page={page}"
        found = _ask(place, "GET", path)
        comments = found if isinstance(found, list) else []
        for one in map(as_object, comments):
            if not (as_text(one.get("body")) or "").startswith(mark):
                continue
            author = as_object(one.get("user"))
            # Anybody can write a comment that looks like ours, and would then have the last word.
            if author.get("type") == "Bot":
                yield one
                continue
            me = _myself(place) if me is None else me
            if me and author.get("login") == me:
                yield one
        if len(comments) < _PER_PAGE:
            return


def _myself(place: Thread) -> str:
    """Return whom the token belongs to; empty where it is the token of a run."""
    try:
        return as_text(as_object(_ask(place, "GET", "/user")).get("login")) or ""
    except HTTPError as error:
        error.close()
        return ""


class _Nowhere(HTTPRedirectHandler):
    """Follows nobody: the token is for one server."""

    def redirect_request(self, *_: object) -> None:
        return None


def _ask(place: Thread, method: str, path: str, said: Json = None) -> Json:
    request = Request(  # noqa: S310  the scheme was looked at
        place.api + path,
        method=method,
        data=None if said is None else json.dumps(said).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {place.token}",
            "Content-Type": "application/json",
            "User-Agent": "keb-govern",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with build_opener(_Nowhere).open(request, timeout=_SECONDS) as answer:
        made: Json = json.loads(answer.read(_MOST_BYTES))
    return made
