"""Refusals that only a person can end: said so that it is clear what to do, and never tried again.

Servers say who may not do what; before 7.0, inside a script, only in which line of it.
"""

from __future__ import annotations

import re

from redis import exceptions

from governance.bus.commands import ReplyError
from governance.bus.scripts import command_at

_SCRIPT_62 = re.compile(
    r"call to f_(?P<digest>\w{40}).*?@user_script:(?P<line>\d+): .*The user executing the script",
    re.DOTALL,
)
_SCRIPT_70 = re.compile(r"ACL failure in script: (?P<said>.*?) script: ", re.DOTALL)
_CERTIFICATE = re.compile(r"certificate verify failed: (?P<said>.*?)\.?(?: \(_ssl|$)")
_ADVICE = {
    "NOPERM": "give that right to the user of the URL, by ACL SETUSER",
    "NOAUTH": "write the user and the password of the server into its URL",
    "WRONGPASS": "write the user and the password of the server into its URL",
}
_NOT_ASKED_FOR = "without any password configured"
_BAD_TLS = {
    "expired": "renew it",
    "mismatch": "address the server by the name that the certificate is for",
    "issuer": "name who vouches for it by `?ssl_ca_certs=FILE` in the URL",
    "self-signed": "name who vouches for it by `?ssl_ca_certs=FILE` in the URL",
}


def closed(error: Exception) -> ReplyError | None:
    """Return a refusal that only a person can end, with what to do; None for every other error."""
    text = str(error)
    if isinstance(error, exceptions.NoPermissionError):
        return _refusal("NOPERM", text)
    if isinstance(error, exceptions.AuthenticationError) and _NOT_ASKED_FOR in text:
        return ReplyError("NOAUTH the server asks for no password: leave it out of the URL")
    if isinstance(error, exceptions.AuthenticationError):
        is_wrong = "username-password" in text or "invalid password" in text
        return _refusal("WRONGPASS" if is_wrong else "NOAUTH", text)
    if found := _SCRIPT_70.search(text):
        return _refusal("NOPERM", found["said"])
    if found := _SCRIPT_62.search(text):
        command = command_at(found["digest"], int(found["line"]))
        return _refusal("NOPERM", f"this user has no permissions to run the '{command}' command")
    return _of_tls(text) if "SSL" in text else None


def _of_tls(text: str) -> ReplyError | None:
    found = _CERTIFICATE.search(text)
    if found is None:
        return None
    advice = next((one for sign, one in _BAD_TLS.items() if sign in found["said"]), "see to it")
    return ReplyError(f"TLS the certificate of the server: {found['said']}: {advice}")


def _refusal(code: str, said: str) -> ReplyError:
    return ReplyError(f"{code} {said.rstrip('.')}: {_ADVICE[code]}")
