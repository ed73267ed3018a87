"""A first catalog: small, clean under every rule, and plainly an example."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from string import Template

from governance.catalog.flow import flow
from governance.catalog.names import is_upper_camel, snake, stream_of, upper_camel
from governance.errors import UsageError

DOMAIN, OWNER = "Example", "your-team"
PARTICIPANTS = "participants.yaml"
_COLUMN = 37
_BEHIND = re.compile(r"(?m)^(?!#)(.+) (# .*)$")


def example(domains: Sequence[str], owner: str | None) -> dict[str, str]:
    """Return the files of a first catalog.

    Args:
        domains: The domains that get an event; none for one that is an example itself.
        owner: The team that approves changes; None for a stand-in.

    Returns:
        What each file holds, by its path from the catalog folder.

    Raises:
        UsageError: A domain or owner is none.
    """
    team = OWNER if owner is None else owner.strip()
    if not team or not team.isprintable():
        raise UsageError("--owner must name the team that approves changes, in plain text")
    events, files = [], dict[str, str]()
    for domain in dict.fromkeys(domains or (DOMAIN,)):
        stream, event = _stream(domain), f"{domain}.Greeting.Sent.v1"
        said = {"domain": domain, "stream": stream, "owner": flow(team), "event": event}
        if f"{stream}.yaml" in files:
            raise UsageError(f"two domains would have the stream {stream}: name one of them only")
        files[f"{stream}.yaml"] = _BEHIND.sub(_aligned, _template("events").substitute(said))
        events.append(event)
    files[PARTICIPANTS] = _template("participants").substitute(
        published="\n".join(f"      - {event}" for event in events),
        subscribed="\n".join(
            f"      - event: {event}\n        group: listener_group\n        reads: [/text]"
            for event in events
        ),
    )
    return files


def _stream(domain: str) -> str:
    if not is_upper_camel(domain) or not snake(domain):
        made = upper_camel(domain)
        advice = f"write {made}" if made else "such as Task or AgentLifecycle"
        raise UsageError(f"--domain {domain!r} is not UpperCamelCase: {advice}")
    return stream_of(snake(domain))


def _aligned(line: re.Match[str]) -> str:
    return f"{line[1]:<{_COLUMN - 1}} {line[2]}"


def _template(name: str) -> Template:
    return Template((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"))
