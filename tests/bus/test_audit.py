"""The auditor: what is wrong with what was really sent, at the line of the catalog."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from governance import report
from governance.bus.audit import Auditor
from governance.bus.declared import Declarations
from governance.bus.entries import Entry, look
from governance.bus.threads import KEBClient
from governance.catalog.load import load
from governance.cli import main
from governance.contract.server import Server
from governance.discover import names
from governance.finding import Finding, Severity
from governance.rules import Rule
from governance.rules.bus import RULES
from tests.bus.agent import until
from tests.bus.agents import CREATED, GROUP, OLD, QUICK, STREAM, Inbox, catalog, task
from tests.catalogs import TODAY, raw_files
from tests.sarif_schema import sarif_validator

ID = "7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11"
AT_MS = 1_795_000_000_000
CATALOG = """\
domain: Task
stream: task_events
events:
  Task.Assignment.Created.v1:
    event_version: 1.2.0
    aliases: [TaskCreatedEvent]
    data:
      type: object
      properties:
        number: {type: integer, minimum: 0}
        note: {type: string}
        contact: {type: string, x-sensitivity: {class: personal, protection: hashed}}
        list: {type: array, items: {type: object, properties: {deep: {type: string}}}}
      required: [number]
  Task.Assignment.Ended.v1:
    event_version: 1.0.0
    deprecated: {since: 2026-01-01, sunset: 2027-01-01, replaced_by: Task.Assignment.Created.v1}
    data: {type: object, properties: {number: {type: integer}}}
# file: participants.yaml
participants:
  Orchestrator:
    publishes: [Task.Assignment.Created.v1, Task.Assignment.Ended.v1]
    subscribes: [{event: Task.Assignment.Created.v1, group: workers}]
"""


# What the examples of the rules are about.
EXAMPLES = """\
domain: Task
stream: task_events
events:
  Task.Assignment.Created.v1:
    event_version: 1.2.0
    aliases: [TaskAssignedEvent]
    data: &data
      type: object
      properties: {task_id: {type: string, format: uuid}, note: {type: string}}
      required: [task_id]
  Task.Assignment.Changed.v1:
    event_version: 1.2.0
    deprecated: {since: 2026-01-01, sunset: 2027-01-01, replaced_by: Task.Assignment.Created.v1}
    data: *data
  Task.Assignment.Revoked.v1:
    event_version: 1.2.0
    deprecated: {since: 2026-01-01, sunset: 2026-06-30, replaced_by: Task.Assignment.Created.v1}
    data: *data
# file: agent.yaml
domain: Agent
stream: agent_events
events: {Agent.State.Seen.v1: {event_version: 1.0.0, data: {type: object}}}
# file: participants.yaml
participants:
  Orchestrator:
    publishes: [Task.Assignment.Created.v1, Task.Assignment.Changed.v1, Task.Assignment.Revoked.v1]
  Worker:
    subscribes: [{event: Task.Assignment.Created.v1, group: workers}]
"""


class Bus:
    """Entries made by hand, and what the auditor finds in them."""

    def __init__(self, text: str = CATALOG) -> None:
        self.known = Declarations(load(raw_files(text)))
        self.auditor = Auditor(self.known, TODAY)
        self.count = 0

    def send(self, data: Any, stream: str = STREAM, **base: Any) -> None:
        """Audit an event with its base fields in order, except for those that are said."""
        self.count += 1
        whole = {
            "event_id": f"7b0a4c1e-3f0d-4a52-9a43-{self.count:012d}",
            "event_type": CREATED,
            "event_version": "1.2.0",
            "timestamp_iso": "2026-11-18T11:06:40.000Z",
            "source_system_id": "Orchestrator",
            "data": data,
            **base,
        }
        self.raw(json.dumps(whole).encode(), stream)

    def raw(self, data: bytes, stream: str = STREAM, **fields: bytes) -> None:
        """Audit an entry."""
        said = {b"data": data, **{key.encode(): value for key, value in fields.items()}}
        entry = Entry(stream, f"{AT_MS}-{self.count}", said)
        self.auditor.look(look(self.known, entry))

    @property
    def found(self) -> list[Finding]:
        """What was found."""
        return list(self.auditor.findings())

    @property
    def only(self) -> Finding:
        """The one thing that was found."""
        (finding,) = self.found
        return finding


@pytest.fixture
def bus() -> Bus:
    return Bus()


def test_what_is_in_order_is_no_finding(bus: Bus) -> None:
    bus.send({"number": 1, "note": "mail me", "contact": "someone@example.org"})
    assert bus.found == []


@pytest.mark.parametrize(
    ("data", "base", "name", "said"),
    [
        ({"number": -1}, {}, "event-invalid", "/data/number"),
        ({}, {}, "event-invalid", "/data/number"),
        ({"number": 1}, {"correlation_id": "x"}, "event-invalid", "/correlation_id"),
        ({"number": 1, "more": 2}, {}, "event-beyond-schema", "/data/more"),
        ({"number": 1}, {"event_type": "Task.Nothing.v1"}, "event-unknown", "/event_type"),
        ({"number": 1}, {"source_system_id": "Stranger"}, "source-not-declared", "Stranger"),
        ({"number": 1}, {"event_version": "1.3.0"}, "version-differs", "1.3.0"),
        ({"number": 1}, {"event_type": "TaskCreatedEvent"}, "old-name-sent", "TaskCreatedEvent"),
        ({"number": 1}, {"stream": "agent_events"}, "event-in-other-stream", "agent_events"),
        ({"number": 1}, {"timestamp_iso": "2026-11-18T10:06:40Z"}, "clock-differs", "3600 s b"),
        ({"number": 1, "note": "a@b.org"}, {}, "sensitive-data-unmarked", "an e-mail address"),
        (
            {"number": 1, "list": [{"deep": "Bearer q8Zt2LmV5xKc7RwN4bHd"}]},
            {},
            "sensitive-data-unmarked",
            "/data/list/0/deep",
        ),
        ({"number": 1}, {"event_type": "Task.Assignment.Ended.v1", "event_version": "1.0.0"},
         "deprecated-event-sent", "ends on 2027-01-01"),
    ],
)  # fmt: skip
def test_a_defect_is_named(data: Any, base: dict[str, Any], name: str, said: str, bus: Bus) -> None:
    for _ in range(3):
        bus.send(data, **base)
    finding = bus.only
    assert finding.name == name
    assert said in finding.message + finding.pointer
    assert f"(3 of 3, first {AT_MS}-1 of " in finding.message
    assert not finding.message.endswith(".")
    assert finding.help.endswith((".", "?"))


def test_the_place_is_the_line_of_the_catalog(bus: Bus) -> None:
    bus.send({"number": -1})
    bus.send({"number": 1, "list": [{"deep": 2}]})
    lines = [CATALOG.splitlines()[one.span.line - 1].strip() for one in bus.found]
    assert [line.partition(":")[0] for line in lines] == ["number", "list"]
    assert {one.event for one in bus.found} == {CREATED}


@pytest.mark.parametrize(
    "data", [b"{", b"[]", b"\xff", b'{"a": 1}', b"[" * 9999, b'{"event_type": 1, "data": {}}']
)
def test_garbage_is_a_finding_at_its_stream(data: bytes, bus: Bus) -> None:
    bus.raw(data)
    assert bus.only.name == "entry-unreadable"
    assert bus.only.span.line == 2
    assert "into the field `data`" in bus.only.help


def test_an_event_twice_is_found_but_not_what_was_given_back_to_one_group(bus: Bus) -> None:
    bus.send({"number": 1}, event_id=ID)
    bus.raw(b"{", _group=b"workers")
    assert bus.found == []
    bus.send({"number": 1}, event_id=ID)
    assert bus.only.name == "event-duplicate"


def test_a_hostile_writer_fills_no_memory(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.bus.audit._MOST_TALLIES", 10)
    monkeypatch.setattr("governance.bus.audit._MOST_IDS", 10)
    for number in range(50):
        bus.send({"number": 1}, event_type=f"Task.Odd{number}.v1", source_system_id=f"s{number}")
    assert len(bus.found) == 10


def test_a_sunset_that_is_over_is_an_error(bus: Bus) -> None:
    bus.auditor.today = TODAY.replace(year=2027)
    bus.send({"number": 1}, event_type="Task.Assignment.Ended.v1", event_version="1.0.0")
    assert (bus.only.name, bus.only.severity) == ("event-sent-after-sunset", Severity.ERROR)


def test_an_instance_of_a_participant_is_known_by_its_name(bus: Bus) -> None:
    for source in (
        "Orchestrator-1",
        "Orchestrator/host-b",
        "Orchestrator.eu:4711",
        "Orchestrator_2",
    ):
        bus.send({"number": 1}, source_system_id=source)
    assert bus.found == []
    bus.send({"number": 1}, source_system_id="Orchestrators")
    assert "did you mean Orchestrator?" in bus.only.message


def test_instances_of_who_may_not_publish_it_are_one_finding(bus: Bus) -> None:
    bus = Bus(f"{CATALOG}  Orchestrator-eu:\n    publishes: [Task.Assignment.Ended.v1]\n")
    for number in range(3):
        bus.send({"number": 1}, source_system_id=f"Orchestrator-eu/{number}")
    assert bus.only.message == (
        f"Orchestrator-eu is not declared to publish {CREATED} (3 of 3, first {AT_MS}-1 of "
        f"{STREAM}, sent by Orchestrator-eu/0, Orchestrator-eu/1, Orchestrator-eu/2)"
    )
    assert "`publishes` of Orchestrator-eu" in bus.only.help


def write(folder: Path, text: str) -> None:
    """Put other files into the catalog of ``keb``."""
    for one in raw_files(text):
        (folder / "event_schemas" / one.relative).write_bytes(one.data)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_tells_the_truth_by_its_examples(
    rule: Rule, keb: Callable[..., Any], server: Server, tmp_path: Path
) -> None:
    if rule.id == "KEB215" and server.version < (7, 0, 0):
        pytest.skip("servers before 7.0 do not count what they trim")
    write(tmp_path, EXAMPLES)
    found = []
    for example in (rule.bad, rule.good):
        server.ask("FLUSHALL")
        for command in re.split(r"\n(?=[A-Z])", example):
            server.ask(*shlex.split(command))
        done = keb("audit", "--format", "json", "--date", "2026-11-28")
        found.append({one["rule"] for one in json.loads(done.out)["findings"]})
    assert found == [{rule.id}, set()]


def test_what_is_asked_for_and_what_the_settings_say_holds_as_in_check(
    keb: Callable[..., Any], raw: Any, tmp_path: Path
) -> None:
    raw.xadd(STREAM, {"data": "{"})
    raw.xadd(f"{STREAM}:dead", {"data": "{"})

    def rules(*words: str) -> tuple[int, list[tuple[str, str]]]:
        done = keb("audit", "--format", "json", *words)
        found = json.loads(done.out)["findings"] if done.out else []
        return done.code, [(one["rule"], one["severity"]) for one in found]

    unreadable, dead = ("KEB201", "error"), ("KEB216", "warning")
    assert rules() == (1, [unreadable, dead])
    assert rules("--select", "KEB216") == (0, [dead])
    assert rules("--ignore", "entry-unreadable,KEB207", "--fail-on", "warning") == (1, [dead])
    settings = tmp_path / "keb-govern.toml"
    settings.write_text('severity = {KEB216 = "error", KEB2 = "info"}\nfail-on = "info"\n')
    assert rules() == (1, [("KEB201", "info"), ("KEB216", "error")])
    settings.write_text('per-file-ignores = {"task*" = ["KEB2"]}\n')
    assert rules() == (0, [])
    settings.write_text('select = ["KEB5"]\n')
    assert rules()[0] == 2
    assert rules("--select", "KEB") == (1, [unreadable, dead])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--select", "KEB299"], "there is no rule 'KEB299': `keb-govern rules` lists them"),
        (["--ignore", "no-such"], "there is no rule 'no-such'"),
        (["--select", "KEB501"], "`keb-govern check` alone looks for KEB501: select KEB2 as well"),
        (["--report", "pdf=x"], "there is no report format 'pdf'"),
        (["--output", "no/such/x"], "make the folder no/such first"),
        (["--report", "json=x", "--output", "x"], "two reports would go to x"),
    ],
)
def test_a_mistake_is_said_before_anything_is_read(
    words: list[str], said: str, keb: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEB_URL", "redis://127.0.0.1:1")
    done = keb("audit", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_comment_in_the_catalog_suppresses(keb: Callable[..., Any], raw: Any) -> None:
    raw.xadd(STREAM, {"data": "{"})
    path = Path("event_schemas/task.yaml")
    text = path.read_text()
    comment = "# keb: ignore[KEB201] until 2026-12-31: an old writer, gone by then\nstream: task"
    path.write_text(text.replace("stream: task", comment))
    assert keb("audit", "--date", "2026-12-31").code == 0
    assert keb("audit", "--date", "2027-01-01").code == 1
    assert main(["check", "--no-compare", "--select", "KEB12", "--date", "2026-12-31"]) == 0


def test_reports_go_to_files_in_every_format(keb: Callable[..., Any], raw: Any) -> None:
    raw.xadd(STREAM, {"data": "{"})
    words = [word for one in names(report) for word in ("--report", f"{one}=said.{one}")]
    done = keb("audit", *words, "--output", "said.txt")
    assert (done.code, done.out) == (1, "")
    assert Path("said.txt").read_text() == Path("said.text").read_text()
    for one in names(report):
        assert "KEB201" in Path(f"said.{one}").read_text()
    log = json.loads(Path("said.sarif").read_text())
    sarif_validator().validate(log)
    (run,) = log["runs"]
    (described,) = run["tool"]["driver"]["rules"]
    assert described["help"]["text"].startswith("Nobody can tell what such an entry means")


def test_the_command_judges_a_real_bus(keb: Callable[..., Any], raw: Any, server: Server) -> None:
    with KEBClient(server.url, catalog(), source="tests") as client:
        client.publish(CREATED, task(1))
        client.publish(OLD, {"state": "idle"})
        done = keb("audit")
        assert (done.code, done.err) == (0, "keb-govern: 2 entries with 2 of 3 event types\n")
        raw.xadd(STREAM, {"data": "{"})
        client.subscribe(CREATED, Inbox(), group=GROUP, **QUICK)
        client.start()
        until(lambda: raw.xlen(f"{STREAM}:dead") == 1)
    groups = raw.xinfo_groups(STREAM)
    done = keb("audit", "--format", "json")
    assert done.code == 1
    seen = json.loads(done.out)["findings"]
    assert [one["name"] for one in seen] == ["entry-unreadable", "dead-letters-waiting"]
    assert raw.xinfo_groups(STREAM) == groups
    assert keb("audit", "agent_events").code == 0
    assert keb("audit", "agent_events", "--fail-on", "info").code == 0
    for name in names(report):
        assert keb("audit", "--format", name).out


def test_entries_that_a_group_will_never_see_are_told(
    keb: Callable[..., Any], raw: Any, server: Server
) -> None:
    raw.xgroup_create(STREAM, GROUP, "0", mkstream=True)
    with KEBClient(server.url, catalog(), source="tests") as client:
        client.publish_all([(CREATED, task(number)) for number in range(10)])
    raw.xreadgroup(GROUP, "one", {STREAM: ">"}, count=2)
    assert "trimmed" not in keb("audit").out
    raw.xtrim(STREAM, maxlen=3, approximate=False)
    said = f"{STREAM} was trimmed before {GROUP} had read it: 5 lost"
    # Servers before 7.0 do not count what they trim.
    assert (said in keb("audit").out) == (server.version >= (7, 0, 0))


def test_a_group_that_is_misspelt_is_told_by_its_right_name(
    keb: Callable[..., Any], raw: Any, tmp_path: Path
) -> None:
    write(tmp_path, EXAMPLES)
    raw.xgroup_create(STREAM, "wrokers", "0", mkstream=True)
    assert "group wrokers reads task_events" in (said := keb("audit").out)
    assert "(did you mean workers?)" in said


@pytest.mark.usefixtures("keb")
def test_who_follows_is_told_of_each_new_defect_once(raw: Any, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "governance", "bus", "audit", "--follow", "--every", "50ms"]
    out, kept = tmp_path / "said.txt", tmp_path / "said.json"
    with (
        out.open("w") as file,
        subprocess.Popen(
            [*words, "--report", "json=said.json"],
            stdout=file,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        ) as process,
    ):
        for _ in range(3):
            raw.xadd(STREAM, {"data": "{"})
        until(lambda: "entry-unreadable" in out.read_text())
        for _ in range(2):
            raw.xadd(STREAM, {"data": "}"})
        until(lambda: out.read_text().count("entry-unreadable") == 2)
        for _ in range(2):
            raw.xadd(f"{STREAM}:dead", {"data": "{"})
            until(lambda: "dead-letters-waiting" in out.read_text())
        until(lambda: f"{STREAM} has dead letters: 2" in kept.read_text())
        assert out.read_text().count("dead-letters-waiting") == 1
        raw.delete(f"{STREAM}:dead")
        until(lambda: "dead letters" not in kept.read_text())
        raw.xadd(f"{STREAM}:dead", {"data": "{"})
        until(lambda: out.read_text().count("dead-letters-waiting") == 2)
        process.send_signal(2)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 1
    assert err == "keb-govern: 5 entries with 0 of 3 event types\n"
    assert "(3 of 5, " in out.read_text()
    assert out.read_text().count("dead-letters-waiting") == 3


@pytest.mark.injection(18)
@pytest.mark.usefixtures("keb")
def test_who_follows_is_told_that_the_server_begins_to_evict(raw: Any, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "governance", "bus", "audit", "--follow", "--every", "50ms"]
    out = tmp_path / "said.txt"
    with (
        out.open("w") as file,
        subprocess.Popen(words, stdout=file, stderr=file, env=dict(os.environ)) as process,
    ):
        raw.xadd(STREAM, {"data": "{"})
        until(lambda: "entry-unreadable" in out.read_text())
        raw.config_set("maxmemory-policy", "allkeys-lru")
        until(lambda: "KEB217 server-evicts-streams" in out.read_text())
        assert "(maxmemory-policy allkeys-lru)" in out.read_text()
        # What it has taken away meanwhile does not come back.
        raw.config_set("maxmemory-policy", "noeviction")
        process.send_signal(2)
        assert process.wait(10) == 1
    assert out.read_text().count("server-evicts-streams") == 2


def test_who_may_not_ask_for_memory_hears_the_rest(
    keb: Callable[..., Any], raw: Any, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    raw.config_set("maxmemory-policy", "allkeys-lru")
    raw.xadd(STREAM, {"data": "{"})
    server.ask("ACL", "SETUSER", "looker", "reset", "on", ">word", "~*", "+@all", "-info")
    url = f"redis://looker:word@127.0.0.1:{server.port}"
    done = keb("audit", "--url", url, "--format", "json")
    assert [one["rule"] for one in json.loads(done.out)["findings"]] == ["KEB201"]
    assert "nobody may ask how the server goes about its memory" in caplog.text


@pytest.mark.usefixtures("keb")
def test_a_follower_that_is_terminated_reports_though_the_server_is_gone(
    pristine: Callable[..., Server], tmp_path: Path
) -> None:
    server = pristine()
    words = [sys.executable, "-m", "governance", "bus", "audit", "--follow", "--every", "50ms"]
    with subprocess.Popen(
        [*words, "--url", server.url, "--output", "said.txt"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        server.ask("XADD", STREAM, "*", "data", "{")
        kept = tmp_path / "said.txt"
        until(lambda: kept.exists() and "entry-unreadable" in kept.read_text())
        server.kill()
        process.terminate()
        try:
            out, err = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 1
    assert out.count("entry-unreadable") == 1
    assert "no server answers" in err
