"""What a foreign reader has seen: every committed record once, by topic and complaint."""

import threading
from collections import Counter, defaultdict
from typing import Any


class Seen:
    """Counts records per topic and complaint. Knows nothing of the product but `complaint_id`. Safe among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._offsets: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        self._places: set[tuple[str, int, int]] = set()

    def note(self, topic: str, partition: int, offset: int, record: dict[str, Any]) -> None:
        """Count the record at this place once: a reader may fetch a place again after the broker was away."""
        with self._lock:
            place = (topic, partition, offset)
            if place in self._places:
                return
            self._places.add(place)
            complaint_id = record.get("complaint_id", "")
            self._offsets[topic, complaint_id].append((partition, offset))
            self._records[topic].append(record)
            self._counts[topic][complaint_id] += 1

    def of(self, topic: str) -> Counter[str]:
        """How many records of each complaint_id are committed on this topic."""
        with self._lock:
            return Counter(self._counts[topic])

    def all(self, topic: str) -> list[dict[str, Any]]:
        """Every committed record of this topic so far."""
        with self._lock:
            return list(self._records[topic])

    def places(self, topic: str, complaint_id: str) -> list[tuple[int, int]]:
        """Partition and offset of every record of this complaint on this topic."""
        with self._lock:
            return sorted(self._offsets[topic, complaint_id])
