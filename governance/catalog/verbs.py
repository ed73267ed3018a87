"""The past tense of English verbs, as far as event types need it."""

from __future__ import annotations

import re
from collections.abc import Collection


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Verb, past tense, past participle where it differs.
_IRREGULAR = """
arise arose arisen; awake awoke awoken; bear bore borne; beat beat beaten; become became become;
begin began begun; bend bent; bet bet; bid bid; bind bound; bleed bled; blow blew blown;
break broke broken; breed bred; bring brought; broadcast broadcast; build built; burn burnt;
burst burst; buy bought; cast cast; catch caught; choose chose chosen; cling clung; come came come;
cost cost; cut cut; deal dealt; dig dug; do did done; draw drew drawn; dream dreamt;
drink drank drunk; drive drove driven; eat ate eaten; fall fell fallen; feed fed; feel felt;
fight fought; find found; flee fled; fly flew flown; forbid forbade forbidden;
forecast forecast; foresee foresaw foreseen; forget forgot forgotten; forgive forgave forgiven;
freeze froze frozen; get got gotten; give gave given; go went gone; grind ground; grow grew grown;
hang hung; have had; hear heard; hide hid hidden; hit hit; hold held; hurt hurt; input input;
keep kept; know knew known; lay laid; lead led; lean leant; learn learnt; leave left; lend lent;
let let; lie lay lain; light lit; lose lost; make made; mean meant; meet met;
mislead misled; misread misread; mistake mistook mistaken; offset offset; output output;
outdo outdid outdone; overcome overcame overcome; overdraw overdrew overdrawn;
override overrode overridden; overrun overran overrun; oversell oversold;
overtake overtook overtaken;
overthrow overthrew overthrown; overwrite overwrote overwritten; pay paid; prepay prepaid; put put;
quit quit; read read; rebind rebound; rebuild rebuilt; redo redid redone; redraw redrew redrawn;
remake remade; repay repaid; reread reread; rerun reran rerun; resell resold; resend resent;
reset reset; resit resat; retake retook retaken; rethink rethought; rewind rewound;
rewrite rewrote rewritten; rid rid; ride rode ridden; ring rang rung; rise rose risen; run ran run;
say said; see saw seen; seek sought; sell sold; send sent; set set; shake shook shaken; shed shed;
shine shone; shoot shot; show showed shown; shrink shrank shrunk; shut shut; sing sang sung;
sink sank sunk; sit sat; sleep slept; slide slid; sow sowed sown; speak spoke spoken; speed sped;
spend spent; spin spun; split split; spread spread; spring sprang sprung; stand stood;
steal stole stolen; stick stuck; strike struck; string strung; strive strove striven;
sublet sublet; swap swapped; swear swore sworn; sweep swept; swell swelled swollen; swim swam swum;
swing swung; take took taken; teach taught; tear tore torn; tell told; think thought;
throw threw thrown; thrust thrust; typeset typeset; unbind unbound; undercut undercut;
undergo underwent undergone; understand understood; undertake undertook undertaken;
undo undid undone; unfreeze unfroze unfrozen; unset unset; unwind unwound; uphold upheld;
upset upset; wake woke woken; wear wore worn; weave wove woven; wed wed; win won; wind wound;
withdraw withdrew withdrawn; withhold withheld; withstand withstood; wring wrung;
write wrote written
"""
# Regular verbs that event types are made of: only of these is a past tense proposed.
_REGULAR = """
abandon abort absorb accept access accrue acknowledge acquire act activate adapt add adjust admit
adopt advance affect aggregate agree align allocate allow alter amend analyse analyze annotate
announce apply appoint approve archive arrange arrive assemble assess assign attach attempt attend
audit authenticate authorise authorize award ban benchmark bill block book boot bootstrap borrow
bounce brief buffer bypass cache calculate calibrate call cancel capture carry categorise
categorize certify change charge check clean clear click clone close collapse collect combine
commence comment commission commit compact compare compensate compile complain complete compress
compute confirm connect consolidate consume contact contain continue contribute convert copy
correct correlate count crash crawl create credit cross curate debit debug decide declare decline
decode decommission decompress decrease decrypt deduct deduplicate defer define degrade delay
delegate delete deliver deny depart deplete deploy deposit deprecate dequeue derive describe
deselect destroy detach detect deteriorate determine develop diagnose digest disable disallow
discard discharge disconnect discontinue discount discover dismiss dispatch display dispute
dissolve distribute divide dock document donate downgrade download draft drain drop duplicate earn
edit eject elapse elect elevate embed emit employ empty enable encode encounter encrypt end endorse
enforce engage enlist enqueue enrich enrol enroll ensure enter escalate escape establish estimate
evaluate evict examine exceed exchange exclude execute exhaust exit expand expire explain explore
export expose extend extract fail fetch fill filter finalise finalize finish fire fix flag flush
follow force fork format forward fulfil fulfill fund gather generate grant group guarantee halt
hand handle harvest hash hibernate hire honor honour host identify ignore impersonate implement
import improve include increase increment incur index infer inform ingest inherit initialise
initialize initiate inject insert inspect install instantiate instruct insure integrate interact
intercept interrupt introduce invalidate inventory invest investigate invite invoice invoke involve
isolate issue join jump kick kill label land launch leak lease license lift limit link list load
localise localize locate lock log lower mail maintain manage map mark match materialise materialize
mature measure mention merge migrate miss mitigate modify monitor mount move mutate mute negotiate
nominate normalise normalize note notify observe obsolete obtain occur offboard offer omit onboard
open operate opt optimise optimize orchestrate organise organize orphan outsource own pack package
park parse participate partition pass patch pause peak perform permit persist pick pin ping place
plan play plug poll populate post postpone prepare preserve press prevent print prioritise
prioritize proceed process procure produce prohibit promise promote prompt propagate propose
protect prove provide provision prune publish pull purchase purge push qualify quarantine query
queue quote raise rank rate reach react reactivate reallocate reassign reauthorize rebalance rebase
reboot recalculate recall receive reclaim reclassify recognise recognize recommend reconcile
reconfigure reconnect record recover recruit recur recycle redact redeem redeliver redeploy
redirect reduce reelect refer refill refine refresh refund refuse register regress reimburse
reindex reinstall reinstate reissue reject relay release reload relocate remain remediate remember
remind remove rename render renew reopen reorder repair repeat replace replay replenish replicate
reply report repost reprocess request require reschedule reserve reshape resize resolve respond
restart restock restore restrict resubmit resume retain retire retrain retrieve retry return reuse
revalidate reveal reverse revert review revise revisit revive revoke reward roll rollout rotate
route sample sanction sanitise sanitize satisfy save scale scan schedule score scrape screen scrub
seal search secure seed select separate serialise serialize serve settle share ship shorten shuffle
sign signal simulate skip slow snapshot snooze sort spawn specify sponsor stall stamp start stop
store submit subscribe succeed suggest summarise summarize supersede supply support suppress
surrender suspect suspend sustain switch sync synchronise synchronize tag target terminate test
throttle tick timestamp toggle tokenise tokenize touch trace track trade train transcribe transfer
transform transition translate transmit transport trash travel traverse trigger trim truncate trust
try tune turn unassign unblock undelete undeploy uninstall unlink unload unlock unmount unpack
unpin unplug unpublish unregister unsubscribe update upgrade upload use vacate vacuum validate
verify version view violate visit void vote wait waive want warm warn watch wipe wrap yield zip
"""
_DOUBLED = _set(
    """
    admit ban bootstrap cancel commit debug defer drop embed emit enrol flag format fulfil incur
    infer label log map occur omit permit pin plan plug recur refer resubmit scan scrub ship skip
    snapshot stop
    submit tag transfer transmit trim unpin unplug wrap zip
    """
)
# What is often written where the verb belongs: nouns made of verbs, and states.
_FOR_NOUN = dict(
    row.split(" ", 1)
    for row in """
acceptance accepted; acknowledgement acknowledged; activation activated; allocation allocated;
approval approved; arrival arrived; assignment assigned; authentication authenticated;
authorization authorized; backup backed up; cancellation cancelled; checkin checked in;
checkout checked out; closure closed; completion completed; confirmation confirmed;
connection connected; creation created; deactivation deactivated; delivery delivered;
deletion deleted; departure departed; deployment deployed; deprecation deprecated;
detection detected; disconnection disconnected; dismissal dismissed; distribution distributed;
enrolment enrolled; enrollment enrolled; escalation escalated; evaluation evaluated;
execution executed; expiration expired; expiry expired; failure failed; generation generated;
handover handed over; initialization initialized; installation installed; invocation invoked;
login logged in; logon logged on; logout logged out; migration migrated; modification modified;
notification notified; payment paid; publication published; reassignment reassigned;
registration registered; rejection rejected; removal removed; renewal renewed; replacement replaced;
resolution resolved; restoration restored; retrieval retrieved; revocation revoked;
rollback rolled back; rollout rolled out; rotation rotated; selection selected; shutdown shut down;
signin signed in; signoff signed off; signout signed out; signup signed up; startup started;
submission submitted; subscription subscribed; suspension suspended; takeover taken over;
termination terminated; timeout timed out; transmission transmitted; validation validated;
verification verified; withdrawal withdrawn; available became available;
unavailable became unavailable; ready became ready; online went online; offline went offline
""".replace("\n", " ")
    .strip()
    .split("; ")
)
# A noun that names no act, and the verb that says what became of it.
_WITH_NOUN = {
    **dict.fromkeys(("status", "state", "health", "metric", "metrics", "progress"), "reported"),
    **dict.fromkeys(("result", "results", "summary", "statistics", "info", "details"), "reported"),
    **dict.fromkeys(("error", "exception", "incident", "conflict", "fault"), "occurred"),
    **dict.fromkeys(("warning", "alert", "alarm"), "raised"),
    **dict.fromkeys(("message", "command", "reminder", "heartbeat", "notice"), "sent"),
}
# Verbs that mostly stand for a thing at the end of a name: of a feed, nothing was fed.
_MOSTLY_NOUNS = _set("bear cost deal dream feed lead light ring speed spring string wind")
_VOWEL = re.compile(r"[aeiouy]")
# Words on -eed are nouns and verbs, these apart.
_EED = _set("agreed decreed disagreed freed guaranteed refereed")
_NO_VERB = _set(
    """
    biped bobsled daybed embed flatbed hatred hundred imbed infrared kindred moped naked
    riverbed roadbed sacred seabed shred testbed unembed watershed wicked
    """
)
# What may stand behind the verb: `ShutDown`, `AssignedToAgent`, `TimedOut`.
_BEHIND = _set(
    """
    about after again against ahead apart around as aside at away back because before between by
    down during for forward from in into off on onto out over through to together under until up
    upon via with within without
    """
)
# `WentOffline`, `BecameReady`: the verb asks for a word behind it.
_LINKING = _set("became came fell got ran remained stayed turned went")


def _irregular() -> tuple[dict[str, str], frozenset[str]]:
    rows = [row.split() for row in _IRREGULAR.replace("\n", " ").split(";")]
    return {row[0]: row[-1] for row in rows}, frozenset(form for row in rows for form in row[1:])


_PARTICIPLES, _PAST_FORMS = _irregular()
_REGULAR_VERBS = frozenset(_REGULAR.split())


def is_past_tense(word: str, further: Collection[str] = ()) -> bool:
    """Say whether a word is the past tense of a verb, or its past participle.

    Args:
        word: One word, in any case.
        further: Further words that count, in lower case.
    """
    word = word.lower().rstrip("0123456789")
    if word in _PAST_FORMS or word in further:
        return True
    if not word.endswith("ed") or word in _NO_VERB:
        return False
    return word in _EED if word.endswith("eed") else bool(_VOWEL.search(word[:-2]))


def past_verb(words: list[str], further: Collection[str] = ()) -> int | None:
    """Return which of some words is the verb in the past tense that they end in; None without one.

    What such a verb takes with it may follow: ``ShutDown``, ``AssignedToAgent``, ``WentOffline``.
    """
    lower = [word.lower() for word in words]
    if "".join(lower) in further:
        return 0
    for number, word in enumerate(lower):
        behind = lower[number + 1 : number + 3]
        if is_past_tense(word, further) and (
            not behind
            or behind[0] in _BEHIND
            or word in _LINKING
            or (len(behind) == 1 and behind[0].endswith("ly"))
        ):
            return number
    return None


def past_tense(word: str) -> list[str] | None:
    """Return the words that say in the past tense what a word says; None where it can't be known.

    Args:
        word: A verb (``Update``, ``Updates``), or a noun made of one (``Completion``, ``Timeout``).

    Returns:
        Words in lower case, mostly one.
    """
    word = word.lower()
    if word in _FOR_NOUN:
        return _FOR_NOUN[word].split()
    return next((made for base in _bases(word) if (made := _inflected(base))), None)


def verb_beside(noun: str) -> str | None:
    """Return the verb, in the past tense, that says what became of a thing; None where unknown."""
    return _WITH_NOUN.get(noun.lower())


def _bases(word: str) -> list[str]:
    """Return a verb as it stands, and without the ending of the third person."""
    bases = [word]
    if word.endswith("ies"):
        bases.append(word[:-3] + "y")
    if word.endswith("es"):
        bases.append(word[:-2])
    if word.endswith("s"):
        bases.append(word[:-1])
    return bases


def _inflected(verb: str) -> list[str] | None:
    if verb in _PARTICIPLES and verb not in _MOSTLY_NOUNS:
        return [_PARTICIPLES[verb]]
    if verb not in _REGULAR_VERBS:
        return None
    if verb in _DOUBLED:
        return [verb + verb[-1] + "ed"]
    if verb.endswith("e"):
        return [verb + "d"]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return [verb[:-1] + "ied"]
    return [verb + "ed"]
