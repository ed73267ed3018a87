"""``keb-govern rules``: every rule, a line each."""

from __future__ import annotations

import argparse
import json
import sys

from governance.cli import CLEAN, Command
from governance.rules import Rule, all_rules


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        default="text",
        choices=["json", "text"],
        help="how the list looks (default: text)",
    )


def _run(args: argparse.Namespace) -> int:
    rules = all_rules()
    sys.stdout.write(_as_json(rules) if args.format == "json" else _as_text(rules))
    return CLEAN


def _as_text(rules: tuple[Rule, ...]) -> str:
    width = max(len(rule.name) for rule in rules)
    lines = [
        f"{rule.id}  {rule.severity.label:<7}  {rule.name:<{width}}  §{rule.section}"
        for rule in rules
    ]
    return "\n".join([*lines, f"{len(rules)} rules; `keb-govern explain ID` shows one"]) + "\n"


def _as_json(rules: tuple[Rule, ...]) -> str:
    rows = [
        {
            "id": rule.id,
            "name": rule.name,
            "severity": rule.severity.label,
            "section": rule.section,
            "rationale": rule.rationale,
            "bad": rule.bad,
            "good": rule.good,
        }
        for rule in rules
    ]
    return json.dumps({"rules": rows}, ensure_ascii=False, indent=2) + "\n"


COMMAND = Command("rules", "list the rules", _configure, _run)
