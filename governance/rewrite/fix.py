"""Mend what can be mended: the edits that rules offer, made round by round, each round judged.

An edit that does not do what it promises, or leads to another error, is taken back.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from governance.catalog.files import RawFile
from governance.finding import SAFE, FileEdit, Finding, Fix, Report, Severity
from governance.source import Edit, edited

MARK = "\ufeff"
# Each round mends or refuses something; further ones are for what comes up on the way.
_MOST_ROUNDS = 100
_NO_PLACE = (
    "the name is taken there, or the text is shared by a YAML alias or has a tag: mend it by hand"
)
_NO_USE = "the edit would not mend it: mend it by hand"

Raws = tuple[RawFile, ...]
Todo = list[tuple[Finding, Fix]]


class Judged(NamedTuple):
    """The verdict on the files of a catalog.

    Attributes:
        report: What is found.
        fixes: What mends it, where something does.
        silenced: Per rule, the ids of those that it keeps silent for.
    """

    report: Report
    fixes: dict[Finding, Fix]
    silenced: dict[str, tuple[str, ...]]


class Mended(NamedTuple):
    """What was mended.

    Attributes:
        texts: The new text of each file that changes, by path.
        done: What was done, each with the finding as it was then.
        refused: What could not be done, each with the reason.
        left: What is found afterwards.
    """

    texts: dict[str, str]
    done: tuple[tuple[Finding, str], ...]
    refused: tuple[tuple[Finding, str], ...]
    left: Report


def mend(
    raws: Raws, judge: Callable[[Raws], Judged], wanted: Callable[[Finding, Fix], bool]
) -> Mended:
    """Mend a catalog until there is nothing left to mend.

    Args:
        raws: Its files.
        judge: Judges them.
        wanted: Whether a finding that is there from the start is to be mended. What safely mends
            the consequence of another fix, such as a version that is now due, is made anyway.
    """
    return _Mending(raws, judge, wanted).all()


class _Mending:
    def __init__(
        self, raws: Raws, judge: Callable[[Raws], Judged], wanted: Callable[[Finding, Fix], bool]
    ) -> None:
        self.raws = raws
        self.judge = judge
        self.wanted = wanted
        self.now = judge(raws)
        self.at_first = Counter(one.rule for one in self.now.report.findings)
        self.answers: dict[_Key, bool] = {}
        self.done: list[tuple[Finding, str]] = []
        self.done_before = 0
        self.refused: dict[_Key, str] = {}

    def all(self) -> Mended:
        before = self.raws
        for _ in range(_MOST_ROUNDS + 2 * len(self.now.fixes)):
            todo = self._todo()
            if not todo and not self._may_try_again():
                break
            chosen = self._apart(todo)
            while chosen and not self._is_made(chosen):
                pass
        texts = {
            raw.path: raw.data.decode()
            for raw, was in zip(self.raws, before, strict=True)
            if raw.data != was.data
        }
        refused = tuple(
            (one, self.refused[_key(one)])
            for one in self.now.report.findings
            if _key(one) in self.refused
        )
        return Mended(texts, tuple(self.done), refused, self.now.report)

    def _may_try_again(self) -> bool:
        """Say whether what was refused may be tried again: more is mended since then."""
        is_more = len(self.done) > self.done_before and bool(self.refused)
        self.done_before = len(self.done)
        if is_more:
            self.refused.clear()
        return is_more

    def _todo(self) -> Todo:
        count = Counter(one.rule for one in self.now.report.findings)
        return [
            (finding, fix)
            for finding, fix in self.now.fixes.items()
            if self._is_wanted(
                finding, fix, is_new=count[finding.rule] > self.at_first[finding.rule]
            )
        ]

    def _is_wanted(self, finding: Finding, fix: Fix, *, is_new: bool) -> bool:
        key = _key(finding)
        if key in self.refused:
            return False
        if key not in self.answers:
            self.answers[key] = (fix.is_safe and is_new) or self.wanted(finding, fix)
        return self.answers[key]

    def _apart(self, todo: Todo) -> Chosen:
        """Return the fixes that do not meet each other, the first before all others."""
        chosen = Chosen()
        taken: dict[str, list[tuple[int, int]]] = {}
        for finding, fix in todo:
            made = tuple(fix.edits())
            if not made:
                self._refuse(finding, _NO_PLACE)
            elif not any(_meets(one.edit, taken.get(one.path, [])) for one in made):
                chosen[finding] = (fix, made)
                for path, edit in made:
                    insort(taken.setdefault(path, []), (edit.start, edit.end))
        return chosen

    def _is_made(self, chosen: Chosen) -> bool:
        """Make some fixes; where that does no good, leave out what is to blame, and say so."""
        raws = _made(self.raws, [edit for _, edits in chosen.values() for edit in edits])
        after = self.judge(raws) if raws is not None else None
        if raws is None or after is None:
            self._leave_out(chosen, [(list(chosen), _NO_PLACE)])
            return False
        faults = list(self._faults(after, chosen))
        self._leave_out(chosen, faults)
        if not faults:
            self.raws, self.now = raws, after
            self.done += [(finding, fix.does) for finding, (fix, _) in chosen.items()]
        return not faults

    def _leave_out(self, chosen: Chosen, faults: Faults) -> None:
        """Refuse what alone is to blame; of several that may be, half has its turn later."""
        for to_blame, why in faults:
            if len(to_blame) == 1:
                self._refuse(to_blame[0], why)
            for one in to_blame[len(to_blame) // 2 :]:
                chosen.pop(one, None)

    def _refuse(self, finding: Finding, why: str) -> None:
        self.refused[_key(finding)] = why

    def _faults(self, after: Judged, chosen: Chosen) -> Iterator[tuple[list[Finding], str]]:
        """Yield what goes wrong with some fixes: which of them may be to blame, and why."""
        mended = Counter((one.rule, one.file) for one in chosen)
        before, now = (_counted(one.report.findings) for one in (self.now, after))
        left = set(map(_key, after.report.findings))
        for key, number in mended.items():
            if now[key] > before[key] - number:
                alike = [one for one in chosen if (one.rule, one.file) == key]
                still = [one for one in alike if _key(one) in left]
                yield from [(still, _NO_USE)] if still else self._came(after, chosen, key)
        for new in self._new_errors(after, chosen):
            # What proves a break is behind the colon, and too long here.
            what = new.message.partition(": ")[0]
            yield _blamed(new, chosen), f"it would lead to {new.rule} {new.name}: {what}"

    def _came(self, after: Judged, chosen: Chosen, key: tuple[str, str]) -> Faults:
        """Return which fixes may have brought up more of what others of them mend."""
        known = set(map(_key, self.now.report.findings))
        came = [one for one in after.report.findings if (one.rule, one.file) == key]
        new = [_blamed(one, chosen) for one in came if _key(one) not in known]
        return [(to_blame, _NO_USE) for to_blame in new or [list(chosen)]]

    def _new_errors(self, after: Judged, chosen: Chosen) -> list[Finding]:
        """Return the errors that some fixes lead to.

        What has a safe fix, such as a version that is now due, is mended in the next round; what
        was there before, and hidden behind what is mended, is no fault of a fix.
        """
        causes = {finding.rule for finding in chosen}
        worse = [
            one
            for one in after.report.findings
            if one.severity is Severity.ERROR
            and one.fix != SAFE
            and causes.isdisjoint(after.silenced.get(one.rule, ()))
        ]
        had = Counter(one.rule for one in self.now.report.findings)
        has = Counter(one.rule for one in worse)
        known = set(map(_key, self.now.report.findings))
        new = [one for one in worse if has[one.rule] > had[one.rule] and _key(one) not in known]
        files = {edit.path for _, edits in chosen.values() for edit in edits}
        return [one for one in new if one.file in files] or new


Faults = list[tuple[list[Finding], str]]
Chosen = dict[Finding, tuple[Fix, tuple[FileEdit, ...]]]
_Key = tuple[str, str, str, str]


def _key(finding: Finding) -> _Key:
    return finding.rule, finding.file, finding.pointer, finding.message


def _counted(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    return Counter((one.rule, one.file) for one in findings)


def _blamed(new: Finding, chosen: Chosen) -> list[Finding]:
    """Return which fixes may have led to an error: those around it, else all."""
    touching = [
        one for one, (_, edits) in chosen.items() if any(edit.path == new.file for edit in edits)
    ]
    # A shared schema belongs to no event, and may be part of each.
    near = [one for one in touching if one.event in {new.event, None}]
    is_known = any(one.event == new.event for one in near)
    return (near if is_known else touching) or list(chosen)


def _meets(one: Edit, taken: list[tuple[int, int]]) -> bool:
    """Say whether an edit overlaps or touches others, so that one might undo the other."""
    at = bisect_left(taken, (one.start, one.end))
    return any(
        start <= one.end and one.start <= end for start, end in taken[max(0, at - 1) : at + 1]
    )


def _made(raws: Raws, edits: list[FileEdit]) -> Raws | None:
    """Return the files with edits made; None where that can't be done."""
    by_path: dict[str, list[Edit]] = {}
    for path, edit in edits:
        by_path.setdefault(path, []).append(edit)
    try:
        return tuple(
            raw._replace(data=_text(raw, by_path[raw.path]).encode())
            if raw.path in by_path
            else raw
            for raw in raws
        )
    except ValueError:
        return None


def _text(raw: RawFile, edits: Iterable[Edit]) -> str:
    text = raw.data.decode()
    # The offsets of a document start behind the mark.
    ahead = text.startswith(MARK)
    return edited(text, _shifted(edits, int(ahead)))


def _shifted(edits: Iterable[Edit], by: int) -> Iterator[Edit]:
    return (Edit(one.start + by, one.end + by, one.text) for one in edits)
