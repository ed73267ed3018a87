"""What names and values count as sensitive, beyond the fixtures of the rules that ask."""

from __future__ import annotations

import pytest

from governance.catalog.sensitivity import Sensitivity, meaning
from governance.rules.payload.keb606_secret_in_schema import RULE
from tests.catalogs import judge

# Cut in two, so that no scanner takes this file for a leak; none was ever issued.
SECRETS = [
    ("ASIA", "Q3EGRJ7Z2WNM5PXV"),
    ("gho_", "vT9kQe2RfX7mLw4ZpB8sNc3HyJ6uDg1aKo5i"),
    ("github_pat_", "11AQ8ZK7Y0vT9kQe2RfX7mLw4ZpB8sNc3HyJ6uDg1aKo5i"),
    ("glpat-", "vT9kQe2RfX7mLw4ZpB8s"),
    ("xoxb-", "2948571630-5820394716-vT9kQe2RfX7mLw4Z"),
    ("AIza", "SyQ8ZK7Y0vT9kQe2RfX7mLw4ZpB8sNc3HyJ"),
    ("sk_live_", "vT9kQe2RfX7mLw4ZpB8sNc3H"),
    ("npm_", "vT9kQe2RfX7mLw4ZpB8sNc3HyJ6uDg1aKo5i"),
    ("pypi-", "AgEIcHlwaS5vcmcCJDc4vT9kQe2RfX7mLw4ZpB8sNc3HyJ6u"),
    ("SG.", "vT9kQe2RfX7mLw4ZpB8sNc.3HyJ6uDg1aKo5ivT9kQe2RfX7mLw4ZpB8s"),
    ("sk-", "proj-vT9kQe2RfX7mLw4ZpB8sNc3HyJ6uDg1aKo5i"),
    ("Basic ", "dm9ya2VyOnE3WmsydlhXOQ=="),
]


@pytest.mark.parametrize("secret", ["".join(parts) for parts in SECRETS], ids=lambda one: one[:6])
@pytest.mark.parametrize("line", ["description: it is {}", "owner: me # {}", 'stream: "{}"'])
def test_finds_the_secret_and_keeps_it(secret: str, line: str) -> None:
    (finding,) = judge(line.format(secret) + "\nevents: {}\n", RULE).findings
    shown = f"{finding.message} {finding.help} {finding.excerpt}"
    assert secret[-12:] not in shown
    assert secret[:4].strip() in shown or secret.rpartition(" ")[2][:4] in shown


@pytest.mark.parametrize("name", ["password", "dbPassword", "API_KEY", "x_secret_2", "authToken"])
def test_finds_a_random_value_of_a_credential(name: str) -> None:
    text = f"events: {{A.B.v1: {{examples: [{{{name}: 9fQ2xLk7VbT4mZr8WcNs3YpH}}]}}}}\n"
    assert len(judge(text, RULE).findings) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("password", Sensitivity.CREDENTIAL),
        ("api-keys", Sensitivity.CREDENTIAL),
        ("PIN", Sensitivity.CREDENTIAL),
        ("emails", Sensitivity.PERSONAL),
        ("billingAddress", Sensitivity.PERSONAL),
        ("ip_addresses", Sensitivity.PERSONAL),
        ("shipping", None),
        ("spin", None),
        ("drop_pin", None),
        ("secretary", None),
        ("tokenizer", None),
        ("key", None),
        ("key_id", None),
        ("next_page_token", None),
        ("server_ip_address", None),
        ("", None),
        ("___", None),
        ("42", None),
    ],
)
def test_meaning(name: str, expected: Sensitivity | None) -> None:
    assert meaning(name) is expected


def test_further_names() -> None:
    assert meaning("old_vault_phrase", ("vaultPhrase",)) is Sensitivity.CREDENTIAL
    assert meaning("badge", (), ("badge",)) is Sensitivity.PERSONAL
    assert meaning("badge_colour", (), ("badge",)) is None
