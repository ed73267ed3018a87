"""KEB606: what looks like a real secret stands in the catalog."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

from governance.catalog.document import Document, Place
from governance.catalog.model import SourceFile
from governance.catalog.sensitivity import Sensitivity, meaning
from governance.finding import Severity
from governance.rules import Complaint, Context, Rule, each_file
from governance.schema.instance import finder
from governance.schema.json import Json
from governance.schema.pointer import join

_SCHEME = r"\b[a-z][a-z0-9+.-]{1,20}"
# What gives the secrets of well-known makers away. Both regex engines read these alike.
_SHAPES = {
    "an AWS access key id": r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "a Google API key": r"\bAIza[A-Za-z0-9_-]{35}",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{16,}",
    "a JSON Web Token": r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{30,}",
    "a PyPI token": r"\bpypi-[A-Za-z0-9_-]{30,}",
    "a Vault token": r"\bhv[bs]\.[A-Za-z0-9_-]{24,}",
    "a SendGrid key": r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "an API key": r"\bsk-(?:proj-|ant-[a-z0-9]+-)?[A-Za-z0-9_-]{32,}",
    "a bearer token": r"\b[Bb]earer [A-Za-z0-9._~+/-]{20,}",
    "a basic authorization": r"\b[Bb]asic [A-Za-z0-9+/]{16,}",
    "a private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"[\\nrt\s#|>]{0,80}[A-Za-z0-9+/=]{16}",
    "a URL with a password": _SCHEME + r"://[^\s/:@'\"<>{}$]*:[^\s/@'\"<>{}$]{3,}@",
}
# A file without any of these has no field whose name promises a long credential.
_STEMS = (
    "assw|ASSW|pwd|Pwd|assphrase|asscode|asskey|ecret|ECRET|oken|OKEN|redential|ookie|earer|jwt|Jwt|"
    "key|Key|KEY"
)
# Plain texts: only a file that looks suspicious is worth the time to compile them.
_SHAPE = "|".join(f"({shape})" for shape in _SHAPES.values())
_PLACEHOLDER = (
    r"(?i)example|x{4}|placeholder|change.?me|your|dummy|sample|redacted|fake|insert|[*]{3}|[.]{3}|…|"
    r"0{8}|012345|123456|abcdef[^0-9]|<|>|[{]|[$]"
)
_WEAK = r"(?i)(?:p|pw|pwd|pass(?:wd|word|phrase)?|secret|token|key|user|test)[0-9]*"
# What is encrypted, hashed or replaced already, and identifiers, which open nothing.
_PROTECTED = (
    r"vault:|ENC\[|[$](?:2[aby]|argon2|5|6)|sha\d|tok_|"
    r"(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z)"
)
_VALUES = frozenset({"default", "const", "enum", "example", "examples", "items", "value"})
_SHORTEST = 16
# How many different characters there are at least in a secret of that length.
_FEWEST = 8
# Bits a character: words and names have some 2.5 to 3.3, random letters and digits more than 3.5.
_RANDOM = 3.3
_RUN = re.compile(r"[A-Za-z0-9]+")


def secret_in(text: str) -> str | None:
    """Return what a text holds by its shape, such as ``a Stripe key``; None where it is no secret.

    Made for texts that most often hold none.
    """
    if not _scan(text)[0]:
        return None
    kinds = list(_SHAPES)
    for found in re.finditer(_SHAPE, text):
        kind = kinds[(found.lastindex or 1) - 1]
        if not _is_placeholder(kind, found[0]):
            return kind
    return None


def _check(file: SourceFile, context: Context) -> Iterator[Complaint]:
    document, own = file.document, context.config.credential_fields
    # To scan the whole text costs less than to look at each value.
    has_shape, has_name = document.scan(_scan)
    if has_shape:
        yield from _by_shape(document)
    if has_name or own:
        for pointer, name, value in _named(document.root, "", None, own):
            if _is_random(value) and not re.search(_SHAPE, value):
                yield _complaint(document.at(pointer), f"the value of {name!r}", "a secret", value)


def _by_shape(document: Document) -> Iterator[Complaint]:
    kinds = list(_SHAPES)
    for found in re.finditer(_SHAPE, document.text):
        kind, value = kinds[(found.lastindex or 1) - 1], found[0]
        start, end = found.span()
        if _is_placeholder(kind, value):
            continue
        subject = "this text" if document.is_in_scalar(start) else "what this comment holds"
        place = Place(document, document.pointer_at(start), offsets=(start, end))
        yield _complaint(place, subject, kind, value)


def _is_placeholder(kind: str, value: str) -> bool:
    if "://" in value:
        secret = value.rpartition("@")[0].rpartition(":")[2]
        return bool(re.search(_PLACEHOLDER, secret) or re.fullmatch(_WEAK, secret))
    if kind == "a private key":
        return False
    secret = value.rpartition(" ")[2]
    # Real ones hold digits; what holds none is a word of prose that happens to be long.
    is_word = len(set(secret)) < _FEWEST or not re.search(r"\d", secret)
    return is_word or bool(re.search(_PLACEHOLDER, value))


def _named(
    value: Json, pointer: str, name: str | None, own: tuple[str, ...]
) -> Iterator[tuple[str, str, str]]:
    """Yield each text that stands under the name of a credential, or is a value of such a field."""
    if isinstance(value, str):
        if name is not None:
            yield pointer, name, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _named(item, f"{pointer}/{number}", name, own)
    elif isinstance(value, dict):
        for key, child in value.items():
            is_credential = meaning(key, own) is Sensitivity.CREDENTIAL
            under = key if is_credential else name if key in _VALUES else None
            yield from _named(child, pointer + join(key), under, own)


def _is_random(value: str) -> bool:
    if len(value) < _SHORTEST or not value.isascii() or re.search(r"\s", value):
        return False
    if re.search(_PLACEHOLDER, value) or re.match(_PROTECTED, value):
        return False
    # Words, dates and versions hold letters or digits, and random text holds both at once.
    mixed = sum(len(run) for run in _RUN.findall(value) if not run.isalpha() and not run.isdigit())
    counts = Counter(value).values()
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
    return mixed * 2 >= len(value) and bits >= _RANDOM


def _complaint(place: Place, subject: str, kind: str, value: str) -> Complaint:
    start = value.rpartition(" ")[2][:4]
    if "://" in value:
        start = value.partition("://")[0] + "://"
    shown = "" if "PRIVATE KEY" in value else f": {start}…"
    help_ = "Revoke it, since everyone with the repository has it and its history keeps it; then "
    help_ += "write a placeholder such as EXAMPLE."
    return Complaint(place, f"{subject} looks like {kind}{shown}", help_, is_secret=True)


def _scan(text: str) -> tuple[bool, bool]:
    shape, name = _finders()
    return shape(text), name(text)


@cache
def _finders() -> tuple[Callable[[str], bool], Callable[[str], bool]]:
    # A word boundary, or a class in front, makes the engine a hundred times slower.
    shapes = "|".join(_SHAPES.values()).replace(_SCHEME, "").replace(r"\b", "")
    return finder(shapes), finder(_STEMS)


RULE = Rule(
    id="KEB606",
    name="secret-in-schema",
    severity=Severity.ERROR,
    section="6.2",
    rationale="A catalog is read by every team and kept in git for good; a secret in an example is "
    "as public as one in the code.",
    bad="""\
events:
  Cache.Connection.Opened.v1:
    data:
      type: object
      properties:
        url: {type: string, default: "redis://worker:q7Zk2vXw9@cache:6379/0"}
""",
    good="""\
events:
  Cache.Connection.Opened.v1:
    data:
      type: object
      properties:
        url: {type: string, default: "redis://cache:6379/0"}
""",
    check=each_file(_check),
)
