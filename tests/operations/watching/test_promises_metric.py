"""The promise clock on /metrics."""

from datetime import UTC, datetime

from prometheus_client import REGISTRY

from operations.promises.board import BANDS, ClockRow, Forecast, PromiseBoard
from operations.promises.clocks import ACCEPTANCE, ACKNOWLEDGEMENT
from operations.saying import Said
from operations.watching.watch import _show

SAID = Said("一", "one")


def left() -> dict[str, float | None]:
    """What Prometheus sees."""
    return {band: REGISTRY.get_sample_value("intake_promises_left", {"band": band}) for band in BANDS}


def test_acknowledgements_are_told_by_the_time_left_and_other_clocks_are_not() -> None:
    counts = dict(zip(BANDS, (5, 4, 3, 2, 1), strict=True))
    clocks = (ClockRow(ACCEPTANCE, SAID, dict.fromkeys(BANDS, 99)), ClockRow(ACKNOWLEDGEMENT, SAID, counts))

    _show(PromiseBoard(datetime.now(UTC), clocks, Forecast(0, None, SAID)))

    assert left() == counts
