"""Which fields are sensitive: the mark that a schema gives them, and the names that ask for one.

Source: rule 101, section 6.2 (sensitive data stays out, or is marked and protected).
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

KEYWORD = "x-sensitivity"
PROTECTIONS = ("encrypted", "redacted", "hashed", "tokenised")


class Sensitivity(Enum):
    """What makes a field sensitive, as the mark spells it."""

    CREDENTIAL = "credential"
    PERSONAL = "personal"


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST = 4


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A name is sensitive that ends in one of these: what stands in front tells whose or which it is.
_ENDS = {
    Sensitivity.CREDENTIAL: _phrases("""
        password passwd pwd passphrase pass_phrase passcode pass_code secret token credential
        cookie bearer jwt passkey otp totp mfa_code verification_code
        recovery_code backup_code pin_code card_pin user_pin cvv cvc security_code api_key
        apikey private_key privatekey private_key_pem secret_key secretkey access_key accesskey
        signing_key encryption_key decryption_key master_key session_key ssh_key hmac_key
        auth_key shared_key key_material auth_header authorization_header authorisation_header
        auth_token authtoken accesstoken refreshtoken sessiontoken clientsecret
        connection_string seed_phrase password_value secret_value token_value password_hash
    """),
    Sensitivity.PERSONAL: _phrases("""
        email e_mail email_address emailaddress mail_address phone phone_number phonenumber
        telephone telephone_number mobile_number cell_number msisdn first_name firstname
        last_name lastname full_name fullname given_name family_name middle_name maiden_name
        surname forename person_name patient_name employee_name contact_name cardholder_name
        cardholder birth_date birthdate date_of_birth dob birthday birth_place place_of_birth
        street street_name street_address postal_address home_address billing_address
        shipping_address delivery_address mailing_address residential_address customer_address
        user_address address_line ip_address ipaddress client_ip user_ip visitor_ip caller_ip
        ssn social_security_number national_id national_id_number national_insurance_number
        passport passport_number passport_no driving_licence driver_license drivers_license
        license_plate tax_number tax_id iban bank_account bank_account_number credit_card
        credit_card_number creditcard card_number debit_card
    """),
}
# These say something only where nothing stands in front.
_WHOLE = {
    Sensitivity.CREDENTIAL: _phrases("pin"),
    Sensitivity.PERSONAL: _phrases("address"),
}
# In front of the key these words make it another thing: a page token opens nothing.
_HARMLESS = {
    "token": _phrases(
        "page next continuation sync idempotency fencing cancel cancellation stop start end"
    ),
    "ip_address": _phrases(
        "server host node pod cluster bind listen gateway service container instance broker proxy"
    ),
}

_LAST_WORDS = frozenset(
    phrase.rpartition("_")[2]
    for phrases in (*_ENDS.values(), *_WHOLE.values())
    for phrase in phrases
)


def ends_of(kind: Sensitivity) -> frozenset[str]:
    """Return the ends of names that mean one kind of sensitive value, in snake_case."""
    return _ENDS[kind] | _WHOLE[kind]


@lru_cache(maxsize=4096)
def meaning(
    name: str, credentials: tuple[str, ...] = (), personal: tuple[str, ...] = ()
) -> Sensitivity | None:
    """Return what the name of a field says of its value; None where it says nothing sensitive.

    Whole words at the end decide: ``db_password`` and ``clientSecret`` are sensitive,
    ``password_policy`` and ``token_count`` are not. A plural is read as its singular.

    Args:
        name: The name, in any spelling.
        credentials: Further names that mean a credential, alone or at the end of a longer one.
        personal: Further names that mean personal data, likewise.
    """
    if not credentials and not personal and _says_nothing(name):
        return None
    words = words_of(name)
    # A number at the end tells one of several, as in address_line_1.
    while words and words[-1].isdecimal():
        words.pop()
    if not words:
        return None
    own = {
        Sensitivity.CREDENTIAL: {"_".join(words_of(one)) for one in credentials},
        Sensitivity.PERSONAL: {"_".join(words_of(one)) for one in personal},
    }
    for last in _singulars(words[-1]):
        whole = "_".join([*words[:-1], last])
        for kind in Sensitivity:
            if whole in _WHOLE[kind] or any(
                whole == one or whole.endswith("_" + one) for one in own[kind]
            ):
                return kind
        for start in range(max(0, len(words) - _LONGEST), len(words)):
            end = "_".join([*words[start:-1], last])
            for kind in Sensitivity:
                if end in _ENDS[kind]:
                    in_front = words[start - 1] if start else ""
                    return None if in_front in _HARMLESS.get(end, ()) else kind
    return None


def _says_nothing(name: str) -> bool:
    """Say whether the last word of a name in snake_case rules it out: it does for nearly all."""
    last = name.rpartition("_")[2]
    return name.islower() and last.isalpha() and _LAST_WORDS.isdisjoint(_singulars(last))


def words_of(name: str) -> list[str]:
    """Return the words of a name, in lower case, however it divides them."""
    return [word.lower() for word in _WORD.findall(name)]


def _singulars(word: str) -> list[str]:
    return [word, *(word[: -len(end)] for end in ("s", "es") if word.endswith(end))]
