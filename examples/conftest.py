"""What ``pytest --keb`` needs to try the agents: how they are made, and what they have done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from collapse_monitor_agent import (
    CLEARED,
    CROSSED,
    DETECTED,
    HEALTH,
    REQUESTED,
    CollapseMonitorAgent,
)
from data_unifier_agent import COMPLETED, REJECTED, UNIFIED, DataUnifierAgent

from governance.bus.threads import KEBClient
from governance.contract.contract import Contract


@pytest.fixture
def unifier(keb_client: KEBClient) -> DataUnifierAgent:
    """Return the one agent that keeps something."""
    return DataUnifierAgent(keb_client, ":memory:")


@pytest.fixture
def keb_handlers(keb_client: KEBClient, unifier: DataUnifierAgent) -> KEBClient:
    """Return the client that both agents have subscribed at."""
    assert unifier
    CollapseMonitorAgent(keb_client)
    return keb_client


@pytest.fixture
def keb_producers(keb_contract: Contract) -> dict[str, Callable[[KEBClient], object]]:
    """Return what lets an agent publish each event."""

    def tell(client: KEBClient, *statuses: str) -> None:
        agent = CollapseMonitorAgent(client)
        for status in statuses:
            said = {"component_id": "DatabaseConnection", "status": status}
            data = {"overall_status": status, "component_statuses": [said]}
            agent.judge(keb_contract.event(HEALTH, data))

    def ask(client: KEBClient) -> None:
        example = keb_contract.samples(CROSSED).examples[0].data
        CollapseMonitorAgent(client).make_room(
            keb_contract.event(CROSSED, {**example, "severity": "CRITICAL"})
        )

    def unify(client: KEBClient) -> None:
        for example in keb_contract.samples(COMPLETED).examples:
            DataUnifierAgent(client, ":memory:").unify(keb_contract.event(COMPLETED, example.data))

    def reject(client: KEBClient) -> None:
        example = keb_contract.samples(COMPLETED).examples[0].data
        DataUnifierAgent(client, ":memory:").unify(
            keb_contract.event(COMPLETED, {**example, "result": {}})
        )

    return {
        DETECTED: lambda client: tell(client, "UNHEALTHY"),
        CLEARED: lambda client: tell(client, "UNHEALTHY", "HEALTHY"),
        REQUESTED: ask,
        UNIFIED: unify,
        REJECTED: reject,
    }


@pytest.fixture
def keb_effects(unifier: DataUnifierAgent) -> Callable[[], object]:
    """Return what tells what is stored."""
    return unifier.stored
