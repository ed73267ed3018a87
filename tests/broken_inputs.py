"""Some two hundred files that are broken, each in its own way; none of them may surprise us.

``python -m tests.broken_inputs FOLDER`` writes them, each in a folder of its own.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "event_schemas" / "task_events.yaml"

Bytes = bytes | str

EVENT = """\
domain: Task
stream: task_events
owner: orchestration
description: Tasks.
events:
  Task.Assignment.Created.v1:
    event_version: 1.0.0
    description: A task was handed to an agent.
    data: DATA
"""


def event_with(data: str) -> str:
    """Return a file of one event with the given payload, in flow style."""
    return EVENT.replace("DATA", data)


def syntax() -> Iterator[tuple[str, Bytes]]:
    """Yield files that are no YAML, no JSON, or no text."""
    yield "empty.yaml", ""
    yield "blank.yaml", "\n \n\n"
    yield "comment.yaml", "# nothing else\n"
    yield "document-marks.yaml", "---\n...\n"
    yield "two-documents.yaml", "a: 1\n---\nb: 2\n"
    yield "tab.yaml", "events:\n\tTask: {}\n"
    yield "colon.yaml", "description: Says: this\n"
    yield "open-bracket.yaml", "events: [1, {a: 2}\n"
    yield "open-quote.yaml", 'description: "never closed\n'
    yield "bad-indentation.yaml", "events:\n    a: 1\n  b: 2\n"
    yield "at-sign.yaml", "owner: @team\n"
    yield "undefined-alias.yaml", "events: *nothing\n"
    yield "own-alias.yaml", "events: &e [*e]\n"
    yield "list-key.yaml", "? [a, b]\n: 1\n"
    yield "merge-key.yaml", "base: &b {a: 1}\nevents:\n  <<: *b\n"
    yield "tag.yaml", "owner: !!python/object/apply:os.system [true]\n"
    yield "binary-tag.yaml", "owner: !!binary aGVsbG8=\n"
    yield "directive.yaml", "%YAML 9.9\n---\na: 1\n"
    yield "control.yaml", "owner: \x07bell\n"
    yield "escape.yaml", "owner: \x1b[31mred\n"
    yield "nul.yaml", b"owner: a\x00b\n"
    yield "latin-1.yaml", "owner: Bjørn\n".encode("latin-1")
    yield "utf-16.yaml", "owner: orchestration\n".encode("utf-16")
    yield "utf-32.yaml", "owner: orchestration\n".encode("utf-32")
    yield "surrogate.yaml", b"owner: \xed\xa0\x80\n"
    yield "half-character.yaml", "owner: é\n".encode()[:-2]
    yield "byte-order-mark.yaml", b"\xef\xbb\xbfowner: no\n"
    yield "duplicate.yaml", "owner: a\nowner: b\n"
    yield "not-finite.yaml", "owner: .nan\nstream: -.inf\n"
    yield "long-number.yaml", f"owner: {'9' * 100_000}\n"
    yield "long-key.yaml", f"{'k' * 100_000}: 1\n"
    yield "no-json.json", '{"events": {'
    yield "nan.json", '{"events": NaN}'
    yield "surrogate.json", '{"events": "\\ud800"}'
    yield "twice.json", '{"events": {}, "events": {}}'
    yield "trailing.json", "{} {}"
    yield "single-quotes.json", "{'events': 1}"


def excess() -> Iterator[tuple[str, Bytes]]:
    """Yield files that are too large, too deep, or become so when they are read."""
    yield "deep-flow.yaml", "[" * 10_000 + "]" * 10_000
    yield "deep-map.yaml", "{a: " * 10_000
    yield "deep-block.yaml", "\n".join(" " * n + "a:" for n in range(1_900))
    yield "deep-dashes.yaml", "- " * 10_000
    yield "deep.json", "[" * 10_000
    yield "deep-object.json", '{"a":' * 10_000
    yield "fifty-megabytes.yaml", b"# filler\n" * 5_600_000
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    yield "laughs.yaml", "\n".join(["a0: &a0 [lol, lol, lol]", *levels])
    maps = [f"m{n}: &m{n} {{x: *m{n - 1}, y: *m{n - 1}}}" for n in range(1, 60)]
    yield "laughing-maps.yaml", "\n".join(["m0: &m0 {x: 1}", *maps])
    yield "many-keys.yaml", "\n".join(f"k{n}: 1" for n in range(100_000))
    yield "many-events.yaml", "events:\n" + "\n".join(f"  E{n}: {{}}" for n in range(20_000))
    wide = ", ".join(f"f{n}: {{type: strng}}" for n in range(20_000))
    yield "many-fields.yaml", event_with(f"{{type: object, properties: {{{wide}}}}}")
    yield "long-enum.yaml", event_with(f"{{enum: [{', '.join(map(str, range(100_000)))}]}}")
    names = ", ".join(f"n{n}" for n in range(50_000))
    yield "long-required.yaml", event_with(f"{{type: object, required: [{names}]}}")
    nested = "{type: object, properties: {a: " * 45 + "{type: nothing}" + "}}" * 45
    yield "nested-schema.yaml", event_with(nested)
    either = "{anyOf: [" * 40 + "{type: nothing}" + "]}" * 40
    yield "nested-choice.yaml", event_with(either)


def references() -> Iterator[tuple[str, Bytes]]:
    """Yield files whose references go in circles, nowhere, or out."""
    for name, ref in {
        "itself": "#",
        "nowhere": "#/components/schemas/Nothing",
        "own-data": "#/events/Task.Assignment.Created.v1/data",
        "no-file": "nothing.yaml#/a",
        "parent-folder": "../../../../etc/passwd",
        "absolute": "/etc/passwd#/a",
        "file-url": "file:///etc/passwd",
        "network": "https://example.com/schema.json",
        "no-scheme": "//example.com/schema.json",
        "urn": "urn:uuid:7b0a4c1e-3f0d-4a52-9a43-0f8f2c6f7a11",
        "percent": "#/%zz/%00",
        "blank": "",
        "anchor": "#nowhere",
        "tildes": "#/~2/~",
        "backslash": "..\\\\..\\\\secret.yaml",
    }.items():
        yield f"ref-{name}.yaml", event_with(f"{{$ref: {json.dumps(ref)}}}")
    for name, value in {"number": "5", "null": "null", "map": "{}", "list": "[]"}.items():
        yield f"ref-{name}.yaml", event_with(f"{{$ref: {value}}}")
    ring = "components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {allOf: [{$ref: "
    yield (
        "ref-ring.yaml",
        event_with("{$ref: '#/components/schemas/A'}") + (ring + "'#/components/schemas/A'}]}}}\n"),
    )
    tree = "components: {schemas: {T: {type: tree, properties: {left: {$ref: '#/components/"
    yield (
        "ref-tree.yaml",
        event_with("{$ref: '#/components/schemas/T'}")
        + (tree + "schemas/T'}, right: {$ref: '#/components/schemas/T'}}}}}\n"),
    )
    doubling = ", ".join(
        f"S{n}: {{properties: {{a: {{$ref: '#/components/schemas/S{n + 1}'}}, "
        f"b: {{$ref: '#/components/schemas/S{n + 1}'}}}}}}"
        for n in range(60)
    )
    yield (
        "ref-doubling.yaml",
        event_with("{$ref: '#/components/schemas/S0'}")
        + (f"components: {{schemas: {{{doubling}, S60: {{}}}}}}\n"),
    )


GARBAGE = ["5", "true", "null", "[]", "[[]]", '"x"', "{a: {b: 1}}", "[1, {a: 2}]"]


def shapes() -> Iterator[tuple[str, Bytes]]:
    """Yield files in which a value of the catalog format has a shape that nobody expects."""
    for key in ("events", "components", "participants", "domain", "description"):
        for number, value in enumerate(GARBAGE[:5]):
            yield (
                f"top-{key}-{number}.yaml",
                f"owner: x\n{'' if key == 'owner' else key}: {value}\n",
            )
    for number, value in enumerate(["5", "text", "[1, 2]", "null", "true"]):
        yield f"root-{number}.yaml", f"{value}\n"
    for key in ("data", "aliases", "deprecated", "examples", "event_version", "legacy"):
        for number, value in enumerate(GARBAGE):
            text = f"owner: x\nevents: {{Task.Assignment.Created.v1: {{{key}: {value}}}}}\n"
            yield f"event-{key}-{number}.yaml", text
    for key in ("publishes", "subscribes"):
        for number, value in enumerate(value for value in GARBAGE if value != "[]"):
            yield f"participant-{key}-{number}.yaml", f"participants: {{A: {{{key}: {value}}}}}\n"


def schemas() -> Iterator[tuple[str, Bytes]]:
    """Yield files in which a keyword of a schema has a value that it can't have."""
    for keyword in (
        "type",
        "properties",
        "required",
        "enum",
        "items",
        "pattern",
        "allOf",
        "$schema",
    ):
        for number, value in enumerate(GARBAGE[:3] + GARBAGE[6:]):
            yield (
                f"schema-{keyword.strip('$')}-{number}.yaml",
                event_with(f"{{{keyword}: {value}}}"),
            )
    for number, pattern in enumerate(
        ["(", "[", "(?P<x", "*", "(a+)+$", "(?<=a+)b", "\\\\", "{99999}"]
    ):
        text = event_with(
            f"{{type: object, properties: {{a: {{pattern: {json.dumps(pattern)}}}}}}}"
        )
        yield f"pattern-{number}.yaml", text


def noise() -> Iterator[tuple[str, Bytes]]:
    """Yield random bytes, and a good file cut short or with bytes changed."""
    rng = random.Random(101)  # noqa: S311  the same files each time
    model = MODEL.read_bytes()
    for number in range(12):
        yield f"random-{number}.yaml", rng.randbytes(rng.randint(1, 4000))
    for number in range(20):
        yield f"cut-{number}.yaml", model[: rng.randint(60, len(model) - 10)]
    for number in range(24):
        changed = bytearray(model)
        for _ in range(6):
            changed[rng.randrange(len(changed))] = rng.choice(b"\t:#-[]{}&*!|>'\"%@`\xff\x00 \n")
        yield f"changed-{number}.yaml", bytes(changed)


def make(folder: Path) -> list[Path]:
    """Write every broken file, each in a folder of its own, and return them in order."""
    made = []
    for kind in (syntax, excess, references, shapes, schemas, noise):
        for name, content in kind():
            path = folder / f"{kind.__name__}-{name}" / name
            path.parent.mkdir()
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            made.append(path)
    return [*made, *_odd_files(folder)]


def _odd_files(folder: Path) -> list[Path]:
    odd = folder / "odd"
    odd.mkdir()
    (odd / "loop.yaml").symlink_to("loop.yaml")
    (odd / "outside.yaml").symlink_to("/etc/passwd")
    (odd / "dangling.yaml").symlink_to("nothing.yaml")
    (odd / "secret.yaml").write_text("owner: x\n")
    (odd / "secret.yaml").chmod(0)
    os.mkfifo(odd / "pipe.yaml")
    (odd / "folder.yaml").mkdir()
    return sorted(odd.iterdir())


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{len(make(target))} broken files in {target}\n")
