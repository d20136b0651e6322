"""A referral and where it stood in its file."""

from dataclasses import dataclass

from connectors.regulator_12315.fields import Referred
from schemas.errors import Reason


@dataclass(frozen=True, slots=True)
class Found:
    """`sheet` and `row` count from 1, 0 where there are none. `wrong` is set when this part could not be read.

    `occurrence` is given where the file was cut: how many rows of the same words came before it.
    """

    referred: Referred
    sheet: int = 0
    row: int = 0
    wrong: tuple[Reason, str] | None = None
    occurrence: int | None = None

    @property
    def where(self) -> str:
        """The place for operators."""
        return f"sheet {self.sheet} row {self.row}: " if self.row else f"part {self.sheet}: " if self.sheet else ""
