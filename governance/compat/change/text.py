"""What differs, in a few words: ``maxLength 64 -> 32``."""

from __future__ import annotations

from governance.compat.change.edit import required
from governance.compat.change.match import tags
from governance.compat.change.pair import Absent, Lead, Pair
from governance.schema.json import Json, JsonObject, as_object, shown, types_of


def brief(value: Json) -> str:
    """Return a value in short, or that there is none."""
    return "nothing" if value is Absent.ABSENT else shown(value)


def step(pair: Pair, keyword: str) -> str:
    """Return what a keyword says before and after."""
    old, new = pair.values(keyword)
    if old is Absent.ABSENT:
        return f"+{keyword} {brief(new)}"
    if new is Absent.ABSENT:
        return f"-{keyword} {brief(old)}"
    return f"{keyword} {brief(old)} -> {brief(new)}"


def lead_text(lead: Lead | None) -> str:
    """Return where a reference leads."""
    if lead is None:
        return "nothing"
    return lead.text if lead.file == "?" else f"{lead.file}#{lead.pointer}"


def types_text(schema: JsonObject) -> str:
    """Return the types that a schema allows, null last."""
    return " or ".join(sorted(types_of(schema), key=lambda name: (name == "null", name))) or "any"


def values_step(old: dict[object, Json], new: dict[object, Json]) -> str:
    """Return which of some listed values went and came."""
    gone = [f"-{shown(value)}" for key, value in old.items() if key not in new]
    come = [f"+{shown(value)}" for key, value in new.items() if key not in old]
    return " ".join([*gone, *come])


def need(schema: JsonObject, name: str) -> str:
    """Return whether a field is required."""
    return "required" if name in required(schema) else "optional"


def switch(pair: Pair, keywords: list[str]) -> str:
    """Return which of some keywords, each on one side alone, went and came."""
    gone = " ".join(one for one in keywords if one in pair.old)
    come = " ".join(one for one in keywords if one in pair.new)
    return f"{gone} -> {come}" if gone and come else f"-{gone}" if gone else f"+{come}"


def title(branch: Json) -> str:
    """Return what a branch of a union is known by."""
    said = as_object(branch)
    known = [shown(value) for _, value in tags(said)]
    return " ".join(known) or str(said.get("title", said.get("$ref", "")))
