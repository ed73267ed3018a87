"""Reports made by hand and at random: what a reporter must take, whatever users write."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from governance.finding import Finding, Related, Report, Severity, Witness
from governance.source import Excerpt, Span

LONG = "a very long text " * 150
# Names and words of somebody who means no good, or only likes odd names.
HOSTILE = (
    "a|b",
    "`a`",
    "``<img src=x>``",
    "`a`b``<img src=x>",
    "<script>alert(1)</script>",
    "</details><h1>x</h1>",
    "]]>",
    "<!-- -->",
    "&lt;b&gt; &amp;",
    "[a](https://evil.example)",
    "[a](1)",
    "{0}",
    "https://evil.example",
    "@octocat",
    "x @octocat/team #1",
    "**bold** _it_ ~~gone~~",
    "- a",
    "1. a",
    "    code",
    "# head",
    "=====",
    "line\nbreak\r\n::error::x",
    "%0A%25::set-output name=a::b",
    "a::b,c",
    "```\n# x",
    "\\`a\\",
    "\u202eabc\u2066",
    "\x00\x07\x1b[31mred\x1b]0;t\x07\x9b2J",
    "\ufffe\uffff\ufeff",
    "\ud800",
    "🦊 e\u0301",
    LONG,
)


def _finding(file: str, line: int, **said: object) -> Finding:
    plain = Finding(
        rule="KEB607",
        name="field-not-snake-case",
        severity=Severity.ERROR,
        file=file,
        span=Span(line, 9, line, 15),
        event="Task.Assignment.Created.v1",
        pointer="/data/properties/taskId",
        message="the field name 'taskId' is not snake_case",
        help="Call it 'task_id'.",
        excerpt=Excerpt("        taskId:"),
        fix="unsafe",
    )
    return plain._replace(**said)  # type: ignore[arg-type]  # names and types are those of a finding


_TASK = "event_schemas/task.yaml"
_FINDINGS = (
    _finding(_TASK, 13),
    # The same twice on one field: nothing but their order tells them apart.
    _finding(_TASK, 13),
    _finding(
        _TASK,
        16,
        rule="KEB706",
        name="breaking-change",
        span=Span(16, 9, 16, 17),
        pointer="/data/properties/priority",
        message="`priority` has another type (integer -> string): readers of the new schema fail "
        'on events already in the stream, such as {"priority": 3}; readers still on the old schema '
        'fail on new events, such as {"priority": "🦊"}',
        help="It breaks 1 of 2 readers: SecretsAgent (group `secrets`) reads `/priority`.",
        excerpt=Excerpt("        priority: {type: string}"),
        related=(
            Related(
                "before",
                f"main:{_TASK}",
                Span(14, 9, 14, 17),
                Excerpt("        priority: {type: integer}"),
            ),
        ),
        witnesses=(
            Witness("backward", '{"task_id": "a", "priority": 3}'),
            Witness("forward", json.dumps({"priority": "🦊 ``` </details> @octocat"})),
        ),
        change="type:228ff0008c762c2c",
        fix="",
    ),
    _finding(
        _TASK,
        1,
        rule="KEB706",
        name="breaking-change",
        span=Span(1, 1, 1, 7),
        event=None,
        pointer="/components/schemas/Cost/properties/amount",
        message="`Cost.amount` is gone (it was number)",
        help="",
        excerpt=Excerpt("domain: Task"),
        related=(
            Related(
                "before", "0123456789ab:event_schemas/gone.yaml", Span(99, 1, 99, 7), Excerpt("")
            ),
        ),
        witnesses=(Witness("forward", "[]"),),
        change="removed:0123456789abcdef",
        fix="safe",
    ),
    # A secret: nothing of the line is shown.
    _finding(
        _TASK,
        30,
        rule="KEB606",
        name="secret-in-schema",
        message="the example looks like a credential",
        excerpt=Excerpt(""),
    ),
    # Over several lines, cut, in a file of an odd name, by a rule that is not installed any more.
    _finding(
        "event_schemas/a b#c?%41:ä🦊.yaml",
        7,
        rule="ACME001",
        name="no-such-rule",
        severity=Severity.INFO,
        span=Span(7, 70, 9, 3),
        excerpt=Excerpt("from here it goes on", 60, is_cut=True),
    ),
    *(
        _finding(
            "event_schemas/hostile.yaml",
            number,
            rule="KEB501",
            name="event-type-not-upper-camel-case",
            severity=Severity.WARNING,
            event=word[:200],
            pointer=f"/data/properties/{word[:200]}".replace("~", "~0"),
            message=word,
            help=f"Do not write {word}",
            excerpt=Excerpt(word.split("\n")[0][:160]),
            related=(Related(word, f"main:{word[:200]}", Span(1, 1, 1, 2), Excerpt(word[:160])),),
        )
        for number, word in enumerate(HOSTILE, 1)
    ),
    _finding("event_schemas/hostile.yaml", 90, message=HOSTILE[3], change="bound:0000000000000000"),
    _finding(HOSTILE[5], 1, message="in a file of a hostile name"),
)
FIXED = Report(
    tuple(sorted(_FINDINGS, key=lambda one: one.order)),
    files=4,
    events=9,
    against="main",
    known=2,
    changed=3,
    breaking=1,
    required_bump="major",
)

_texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
_names = st.sampled_from(
    [
        "event_schemas/a.yaml",
        "event_schemas/b.json",
        "a b.yaml",
        "./c.yaml",
        "ä/🦊.yml",
        "/abs/d.yaml",
    ]
)
_jsons = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=8,
)


@st.composite
def _spans(draw: st.DrawFn) -> Span:
    line, column = draw(st.integers(1, 50)), draw(st.integers(1, 50))
    lines = draw(st.integers(0, 2))
    end = draw(st.integers(1, 50)) if lines else column + draw(st.integers(0, 20))
    return Span(line, column, line + lines, end)


@st.composite
def _excerpts(draw: st.DrawFn) -> Excerpt:
    text = draw(_texts).replace("\n", " ").replace("\r", " ")[:160]
    return Excerpt(text, draw(st.integers(1, 3)), is_cut=draw(st.booleans()))


_rules = st.sampled_from(
    [
        ("KEB501", "event-type-not-upper-camel-case"),
        ("KEB607", "field-not-snake-case"),
        ("KEB706", "breaking-change"),
        ("ACME001", "of-a-plugin-that-is-gone"),
    ]
)
_witnesses = st.builds(Witness, st.sampled_from(["backward", "forward"]), _jsons.map(json.dumps))
_related = st.builds(
    Related,
    _texts,
    st.builds("{}:{}".format, st.sampled_from(["main", "v1"]), _names),
    _spans(),
    _excerpts(),
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """Draw a finding, of a few rules at a few places, with any words."""
    rule, name = draw(_rules)
    tokens = draw(st.lists(_texts, max_size=3))
    return Finding(
        rule=rule,
        name=name,
        severity=draw(st.sampled_from(Severity)),
        file=draw(_names),
        span=draw(_spans()),
        event=draw(st.none() | _texts),
        pointer="".join("/" + one.replace("~", "~0").replace("/", "~1") for one in tokens),
        message=draw(_texts),
        help=draw(_texts),
        excerpt=draw(_excerpts()),
        related=tuple(draw(st.lists(_related, max_size=2))),
        witnesses=tuple(
            draw(st.lists(_witnesses, max_size=2, unique_by=lambda one: one.direction))
        ),
        change=draw(st.sampled_from(["", "removed", "bound:0123456789abcdef"])),
        fix=draw(st.sampled_from(["", "safe", "unsafe"])),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Draw a report, with findings in order."""
    found = draw(st.lists(findings(), max_size=6))
    bump = draw(st.sampled_from(["", "none", "patch", "minor", "major"]))
    return Report(
        tuple(sorted(found, key=lambda one: one.order)),
        files=draw(st.integers(0, 9)),
        events=draw(st.integers(0, 9)),
        against=draw(_texts) if bump else "",
        known=draw(st.integers(0, 2)),
        changed=draw(st.integers(0, 5)) if bump else 0,
        breaking=draw(st.integers(0, 5)) if bump else 0,
        required_bump=bump,
    )
