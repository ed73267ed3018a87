"""The plugin in projects of others: what it finds, and what it says of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import governance.contract.collect  # noqa: F401  once, not by each project of a test
from governance.bus.consumer import Consumer
from governance.bus.declared import Declared
from governance.contract.find import find
from governance.contract.server import Server
from governance.schema.json import JsonObject
from tests.contract.projects import CATALOG, CREATED, PLAIN, project
from tests.contract.projects import failures as failed
from tests.repositories import Repo

_GOOD = "done[:] = [event.data['number']]"
_AS = f"{CREATED} as workers"
_OWN = (*PLAIN, "-q")


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "somebody@example.com")


def test_thirty_events_and_a_handler_are_tried(pytester: pytest.Pytester) -> None:
    project(pytester, _GOOD, "client.publish(CREATED, {'number': 1})")
    event = CATALOG[CATALOG.index("  Task.Assignment.Ended.v1") :]
    more = (event.replace("Ended", f"Ended{number}") for number in range(28))
    (pytester.path / "event_schemas/task.yaml").write_text(CATALOG + "".join(more))
    result = pytester.runpytest_inprocess("--keb", *_OWN)
    assert result.ret == 0, result.outlines
    assert result.parseoutcomes()["passed"] > 6 * 30
    assert set(result.parseoutcomes()) == {"passed"}


def test_it_says_which_server_runs_and_takes_the_names_of_promises(
    pytester: pytest.Pytester,
) -> None:
    project(pytester, _GOOD)
    result = pytester.runpytest_inprocess("--keb", "-v", *PLAIN)
    result.stdout.fnmatch_lines([f"keb: 2 events in event_schemas, on {find()}"])
    event = f"event_schemas/task.yaml::{CREATED}"
    result.stdout.fnmatch_lines_random(
        [
            f"{event}::example 1 PASSED*",
            f"{event}::accepts without /priority PASSED*",
            f"{event}::refuses maximum at /priority PASSED*",
            f"{event}::refuses additionalProperties at /labels/0/keb_undeclared PASSED*",
            f"{event}::has what Worker reads as workers PASSED*",
            f"conftest.py::{_AS}::handles 5 at /priority PASSED*",
            f"conftest.py::{_AS}::handles fields that nobody declares PASSED*",
            f"conftest.py::{_AS}::has one effect after a crash PASSED*",
            f"conftest.py::{_AS}::reads what it says PASSED*",
        ]
    )


def test_a_wrong_handler_is_told_the_event_the_pointer_and_the_promise(
    pytester: pytest.Pytester,
) -> None:
    project(pytester, "done[:] = [event.data['priority'] * 2]")
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "workers and handles")
    assert failed(result) == {
        f"{_AS}::handles only what is required",
        f"{_AS}::handles without /priority",
    }
    result.stdout.fnmatch_lines(
        [
            f"{CREATED} breaks a promise",
            "  promise: the handler takes every event that the catalog allows (group workers)",
            '  event:   {"number": *}',
            "  pointer: /priority",
            "  found:   KeyError: 'priority'",
            "           conftest.py:*, in handle: done*event.data?'priority'?*",
        ]
    )


@pytest.mark.parametrize(
    ("handle", "broken"),
    [
        ("done.append(event.data['number'])", ["the same event sent twice", "after a crash"]),
        ("client.publish(ENDED, {'number': 1})", ["the same event sent twice", "after a crash"]),
        (
            "done[:] = [event.data['number']]\nassert 'keb_undeclared' not in repr(event)",
            ["nobody declares"],
        ),
        ("done[:] = [event.data['number'], event.data.get('priority')]", ["reads what it says"]),
        ("done[:] = [one.get('note') for one in event.data['labels']]", ["reads what it says"]),
        ("done[:] = [dict(event.data)]", ["reads what it says"]),
    ],
    ids=["adds", "publishes", "strict", "reads a field", "reads in a list", "reads all"],
)
def test_each_promise_can_be_broken(
    handle: str, broken: list[str], pytester: pytest.Pytester
) -> None:
    project(pytester, handle)
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "workers and not without")
    names = {name for name in failed(result) if "only what is required" not in name}
    assert len(names) == len(broken), result.outlines
    assert all(any(one in name for name in names) for one in broken)


def test_a_client_that_lets_others_have_what_is_being_handled_breaks_a_promise(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(pytester, _GOOD)
    slow = ("--keb", *_OWN, "-k", "slow")
    pytester.runpytest_inprocess(*slow).assert_outcomes(passed=1)
    monkeypatch.setattr(Consumer, "hold", lambda _: (yield from ()))
    monkeypatch.setattr("governance.contract.slow._CLAIMS_MS", (150,))
    result = pytester.runpytest_inprocess(*slow)
    assert failed(result) == {f"{_AS}::keeps its event while it is slow"}
    result.stdout.fnmatch_lines(["  found:   it was given it 2 times"])


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ({"source_system_id": "another"}, "source_system_id"),
        ({"event_version": "9.9.9"}, "event_version"),
        ({"correlation_id": None}, "correlation_id"),
    ],
)
def test_a_client_that_sends_other_base_fields_breaks_a_promise(
    base: JsonObject, name: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(pytester)
    beside = Declared.beside
    monkeypatch.setattr(
        Declared, "beside", lambda self, said, data: beside(self, {**said, **base}, data)
    )
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "Created and base and fields")
    assert failed(result) == {f"{CREATED}::fills in the base fields"}
    result.stdout.fnmatch_lines([f"  pointer: /{name}", f"  found:   it is {base[name]!r}, *"])


def test_a_group_that_asks_for_once_may_add(pytester: pytest.Pytester) -> None:
    more = """
        @pytest.fixture
        def done():
            return []
        @pytest.fixture
        def keb_effects(done):
            return lambda: done
        @pytest.fixture
        def keb_handlers(keb_client, done):
            keb_client.subscribe("Task.*.Created.v1", done.append, group="workers", is_once=True)
            return keb_client
    """
    project(pytester, more=more)
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "one and effect")
    # What comes again after a crash was not marked: no client can know that it had an effect.
    assert failed(result) == {f"{_AS}::has one effect after a crash"}


@pytest.mark.parametrize(
    ("number", "broken"),
    [("event_id=event.id", set()), ("", {"the same event sent twice", "after a crash"})],
    ids=["once", "twice"],
)
def test_an_agent_may_be_of_asyncio(
    number: str, broken: set[str], pytester: pytest.Pytester
) -> None:
    more = f"""
        @pytest.fixture
        def keb_handlers(keb_async_client):
            async def handle(event):
                said = {{"number": event.data["number"]}}
                sent = await keb_async_client.publish(ENDED, said, {number})
                assert sent.stream == "task_events"
            keb_async_client.subscribe(CREATED, handle, group="workers")
            return keb_async_client

        @pytest.fixture
        def keb_producers(keb_async_client):
            async def produce(_):
                await keb_async_client.publish(CREATED, {{"number": 1}})
            return {{CREATED: produce}}
    """
    project(pytester, more=more)
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "workers or producer")
    assert failed(result) == {
        f"{_AS}::has one effect {'of ' if 'same' in one else ''}{one}" for one in broken
    }


def test_a_coroutine_that_fails_is_told(pytester: pytest.Pytester) -> None:
    more = """
        async def handle(event):
            event.data["priority"]
        @pytest.fixture
        def keb_handlers():
            return {CREATED: handle}
    """
    project(pytester, more=more)
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "handles and without")
    assert failed(result) == {f"{_AS}::handles without /priority"}


def test_a_handler_of_which_nothing_is_seen_is_not_said_to_do_it_once(
    pytester: pytest.Pytester,
) -> None:
    project(pytester, "event.data['number']")
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-rs", "-k", "one and effect")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED*say it by the fixture keb_effects*"])


@pytest.mark.parametrize(
    ("produce", "pointer", "found"),
    [
        ("client.publish(CREATED, {'number': 1, 'priority': 9})", "/priority", "*at most 5*"),
        (
            "try:\n    client.publish_all([(CREATED, {'number': 'x'})])\nexcept Exception: pass",
            "/number",
            "*must be a whole number*",
        ),
        (
            """
            data = '{"event_type": "Task.Assignment.Created.v1", "data": {"number": 1}}'
            redis.Redis.from_url(server.url).xadd("task_events", {"data": data})
            """,
            "/event_id",
            "*past the client*",
        ),
        ("client.publish(ENDED, {'number': 1})", "", "*it published Task.Assignment.Ended.v1*"),
        ("pass", "", "*it published nothing*"),
        ("raise OSError('no disk')", "", "*OSError: no disk*"),
    ],
    ids=["refused", "swallowed", "past the client", "another", "nothing", "raises"],
)
def test_a_wrong_producer_is_told_likewise(
    produce: str, pointer: str, found: str, pytester: pytest.Pytester
) -> None:
    project(pytester, produce=produce)
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "producer")
    assert failed(result) == {f"{CREATED}::its producer"}
    promise = f"  promise: its producer publishes {CREATED} as the catalog declares it"
    about = ["  event: *", f"  pointer: {pointer}"] if pointer else []
    result.stdout.fnmatch_lines([promise, *about, f"  found: {found}"])


def test_all_that_a_handler_does_not_say_that_it_reads_is_told_at_once(
    pytester: pytest.Pytester,
) -> None:
    project(pytester, "done[:] = [event.data['number'], [event.data.get(one) for one in 'abc']]")
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "reads and it and says")
    result.stdout.fnmatch_lines(["*it looks at /a, /b and /c, and says that it reads /number: *"])


def test_what_a_release_wrote_has_to_be_read_and_handled(pytester: pytest.Pytester) -> None:
    project(pytester, "done[:] = [event.data['number']]")
    schema = pytester.path / "event_schemas/task.yaml"
    repo = Repo(pytester.path, "-b", "main")
    was = CATALOG.replace("1.1.0", "1.0.0").replace("maximum: 5", "maximum: 9")
    schema.write_text(was)
    repo.commit()
    schema.write_text(CATALOG)
    repo.commit()
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "1.0.0")
    assert failed(result) == {f"{CREATED}::reads 1.0.0", f"{_AS}::handles 1.0.0"}
    result.stdout.fnmatch_lines(
        ["  promise: today's readers can read what version 1.0.0 wrote", "  pointer: /priority"]
    )


def test_readers_of_a_release_have_to_read_what_is_published_today(
    pytester: pytest.Pytester,
) -> None:
    project(pytester)
    repo = Repo(pytester.path, "-b", "main")
    schema = pytester.path / "event_schemas/task.yaml"
    schema.write_text(CATALOG.replace("1.1.0", "1.0.0").replace("maximum: 5", "maximum: 2"))
    repo.commit()
    schema.write_text(CATALOG)
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "1.0.0")
    assert failed(result) == {f"{CREATED}::is read by 1.0.0"}
    result.stdout.fnmatch_lines(["  pointer: /priority", "*must be at most 2"])
    promised = "    compatibility: backward\n    event_version: 1.1.0"
    schema.write_text(CATALOG.replace("    event_version: 1.1.0", promised))
    pytester.runpytest_inprocess("--keb", *_OWN, "-k", "1.0.0").assert_outcomes(passed=1)


def test_a_release_that_was_given_up_by_an_approval_is_not_tried(
    pytester: pytest.Pytester,
) -> None:
    project(pytester)
    repo = Repo(pytester.path, "-b", "main")
    schema = pytester.path / "event_schemas/task.yaml"
    schema.write_text(CATALOG.replace("1.1.0", "1.0.0").replace("maximum: 5", "maximum: 9"))
    repo.commit()
    schema.write_text(CATALOG)
    approve = [sys.executable, "-m", "governance", "approve", "--against", "HEAD"]
    why = ["--reason", "Nobody sent more than 5.", "--owner", "orchestration"]
    subprocess.run([*approve, *why], cwd=pytester.path, check=True, capture_output=True)
    result = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "1.0.0")
    assert result.parseoutcomes().keys() == {"deselected"}


def test_what_is_read_can_be_written_down(pytester: pytest.Pytester) -> None:
    project(pytester, "done[:] = [one.get('note') for one in event.data.get('labels', ())]")
    result = pytester.runpytest_inprocess("--keb-write-reads", *_OWN, "-k", "writes")
    result.assert_outcomes(passed=1)
    path = "event_schemas/participants.yaml"
    result.stdout.fnmatch_lines([f"*{path}: {_AS} now reads /labels/?/note too"])
    said = (pytester.path / "event_schemas/participants.yaml").read_text()
    assert '        reads: [/number, "/labels/*/note"]  # no more\n' in said
    again = pytester.runpytest_inprocess("--keb", *_OWN, "-k", "reads and it and says")
    again.assert_outcomes(passed=1)


def test_handlers_may_stand_with_the_tests_of_their_service(pytester: pytest.Pytester) -> None:
    project(pytester, _GOOD, at="services/worker/tests")
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\ntestpaths = ["services"]\n')
    result = pytester.runpytest_inprocess("--keb", *PLAIN, "-v", "-k", "example")
    result.stdout.fnmatch_lines(
        [
            f"services/worker/tests/conftest.py::{_AS}::handles example 1 PASSED*",
            f"event_schemas/task.yaml::{CREATED}::example 1 PASSED*",
        ]
    )


def test_one_promise_can_be_run_again_by_its_name(pytester: pytest.Pytester) -> None:
    project(pytester, _GOOD)
    name = f"event_schemas/task.yaml::{CREATED}::refuses maximum at /priority"
    pytester.runpytest_inprocess("--keb", *_OWN, name).assert_outcomes(passed=1)


def test_the_fixtures_do_without_the_option(pytester: pytest.Pytester) -> None:
    project(pytester)
    pytester.makepyfile(
        f"""
        import pytest
        from governance.contract.broken import BrokenPromiseError

        CREATED = {CREATED!r}

        def test_by_hand(keb_contract, keb_client, keb_recorder):
            keb_contract.check_event(CREATED)
            keb_contract.check_producer(CREATED, lambda one: one.publish(CREATED, {{"number": 1}}))
            keb_contract.check_handler(CREATED, lambda event: event.data["number"])
            with pytest.raises(BrokenPromiseError, match="/priority"):
                keb_contract.check_handler(CREATED, lambda event: event.data["priority"])
            event = keb_contract.event(CREATED, {{"number": 1, "labels": []}})
            keb_recorder.watch(lambda one: one.data["number"])(event)
            assert keb_recorder.reads(CREATED) == ("/number",)
            assert keb_client.publish(CREATED, {{"number": 1}}).stream == "task_events"
        """
    )
    pytester.runpytest_inprocess(*_OWN).assert_outcomes(passed=1)


def test_who_does_not_ask_for_it_pays_nothing(pytester: pytest.Pytester) -> None:
    project(pytester, _GOOD)
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            ours = {one for one in sys.modules if one.startswith("governance")}
            assert ours == {"governance", "governance.pytest_plugin"}
        """
    )
    (pytester.path / "conftest.py").unlink()
    result = pytester.runpytest_subprocess(*_OWN)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("raise OSError('no disk')", "*OSError: no disk*"),
        ("return [print]", "*keb_handlers gives handlers by event type*"),
        ("return {'Task.Lost.v1': print}", "*the catalog has no event 'Task.Lost.v1'*"),
    ],
    ids=["raises", "a list", "unknown event"],
)
def test_handlers_that_cannot_be_made_are_one_failure(
    more: str, said: str, pytester: pytest.Pytester
) -> None:
    project(pytester, more=f"@pytest.fixture\ndef keb_handlers():\n    {more}")
    result = pytester.runpytest_inprocess("--keb", *_OWN)
    assert failed(result) == {"handlers and producers"}
    result.stdout.fnmatch_lines([said])


def test_an_event_of_the_old_layout_is_one_failure_and_so_is_its_handler(
    pytester: pytest.Pytester,
) -> None:
    more = "@pytest.fixture\ndef keb_handlers():\n    return {'TaskAssignedEvent': print}"
    project(pytester, more=more)
    old = "TaskAssignedEvent:\n  type: object\n  properties: {event_id: {type: string}}\n"
    (pytester.path / "event_schemas/task.yaml").write_text(old)
    result = pytester.runpytest_inprocess("--keb", *_OWN)
    assert failed(result) == {
        "TaskAssignedEvent::can be used",
        "TaskAssignedEvent as keb-contract::can be used",
    }
    result.stdout.fnmatch_lines(["*has the old layout: `keb-govern adopt`"])


def test_a_broken_event_is_one_failure_and_the_others_are_tried(
    pytester: pytest.Pytester,
) -> None:
    project(pytester)
    text = CATALOG.replace("{number: {type: integer}}, req", "{number: {type: wrong}}, req")
    (pytester.path / "event_schemas/task.yaml").write_text(text)
    result = pytester.runpytest_inprocess("--keb", *_OWN)
    assert failed(result) == {"Task.Assignment.Ended.v1::can be used"}
    assert result.parseoutcomes()["passed"] > 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--keb-server", "/no/such"), "ERROR: no program /no/such*"),
        (("--keb-server", "ftp://x"), "ERROR: ftp://x is no address of a server*"),
        (
            ("--keb-server", "redis://me:secret@127.0.0.1:1"),
            "ERROR: no server answers at redis://127.0.0.1:1 (*refused*): start it, or leave *",
        ),
    ],
)
def test_without_a_server_it_says_what_to_do(
    arguments: tuple[str, ...], said: str, pytester: pytest.Pytester
) -> None:
    project(pytester)
    result = pytester.runpytest_inprocess("--keb", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


def test_a_file_that_can_not_be_read_is_told(pytester: pytest.Pytester) -> None:
    project(pytester)
    (pytester.path / "event_schemas/lost.yaml").write_text("domain: Lost\nevents: [\n")
    result = pytester.runpytest_inprocess("--keb", *_OWN)
    assert failed(result) == {"can be used"}
    result.stdout.fnmatch_lines(["  found:   *lost.yaml can't be read: see `keb-govern check`"])


def test_a_server_that_refuses_is_told_before_any_test(pytester: pytest.Pytester) -> None:
    project(pytester)
    with Server(find()) as server:
        wrong = server.url.replace(server.password, "wrong")
        result = pytester.runpytest_inprocess("--keb", "--keb-server", wrong)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: unix://* refuses: WRONGPASS *into its URL"])


def test_without_a_catalog_it_says_so(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--keb")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: there is no folder *event_schemas: *`keb-govern init`*"])


def test_a_server_of_others_is_left_as_it_was(pytester: pytest.Pytester) -> None:
    project(pytester, _GOOD)
    with Server(find()) as server:
        arguments = ("--keb", *_OWN, "--keb-server", server.url)
        assert set(pytester.runpytest_inprocess(*arguments).parseoutcomes()) == {"passed"}
        assert server.ask("DBSIZE") == 0
        server.ask("XADD", "task_events", "*", "data", "dear to somebody")
        result = pytester.runpytest_inprocess(*arguments, "-k", "example")
        assert "errors" in result.parseoutcomes()
        result.stdout.fnmatch_lines(["task_events exists on the server: *"])
        result.stdout.no_fnmatch_line("*def keb_contract*")
        assert server.ask("XLEN", "task_events") == 1
        assert server.ask("DBSIZE") == 1
