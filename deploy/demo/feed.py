"""Feeds the sample deliveries to the running system as customers would."""

from collections.abc import Iterator
from pathlib import Path

from deploy.handover import submit
from schemas.delivery_lines import SubmittedLine
from schemas.settings import Settings

DELIVERIES = Path(__file__).parent / "deliveries"


def feed(settings: Settings) -> Iterator[SubmittedLine]:
    """Hand over every sample in order. Again the same ones at the next start: they are recognised, not doubled."""
    for file in sorted(DELIVERIES.iterdir()):
        yield from submit(settings, file)
