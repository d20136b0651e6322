"""The list behind a number of the promise clock."""

from dataclasses import dataclass
from datetime import datetime

from operations import figures
from operations.promises.clocks import ListedPromise
from operations.wording import Wording


@dataclass(frozen=True, slots=True)
class ListedView:
    """One complaint in one language."""

    number: str
    channel: str
    department: str
    due: str
    left: str
    is_late: bool
    waits: str


def listed_view(one: ListedPromise, now: datetime, told: Wording, lang: str) -> ListedView:
    """The complaint as the list shows it; what is late has a minus before its time."""
    left = (one.due_at - now).total_seconds()
    return ListedView(
        number=one.tracking_number,
        channel=told.called(one.channel),
        department=told.department(one.department) if one.department is not None else figures.UNKNOWN,
        due=told.moment(one.due_at),
        left=f"{'-' if left < 0 else ''}{figures.age(abs(left), lang)}",
        is_late=left < 0,
        waits=one.waits_for.in_language(lang),
    )
