"""What Prometheus would read."""

from __future__ import annotations

import re

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector


def exported(*collectors: Collector) -> str:
    """Return what collectors tell, as text."""
    registry = CollectorRegistry()
    for one in collectors:
        registry.register(one)
    return generate_latest(registry).decode()


def number_of(told: str, name: str) -> float:
    """Return the value of a metric, with its labels."""
    (line,) = [line for line in told.splitlines() if line.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


def buckets(told: str, name: str, **labels: str) -> dict[str, int]:
    """Return how many numbers keep to each bound and to none before it; none of those without."""
    found = dict[str, int]()
    before = 0
    of = {f'{label}="{value}"' for label, value in labels.items()}
    for said, number in re.findall(rf"^keb_{name}_bucket{{(.*)}} (\d+)\.0$", told, re.MULTILINE):
        if of <= set(said.split(",")):
            (bound,) = re.findall(r'le="([^"]*)"', said)
            if int(number) > before:
                found[bound] = int(number) - before
            before = int(number)
    return found
