"""What a benchmark found, as it is printed and written to JSON."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Row(_Part):
    """One line of the table. `ours` and `peer` are in `unit`; `ratio` is ours to peer as the target counts it."""

    name: str
    unit: str = "records/s"
    ours: float | None = None
    peer: float | None = None
    peer_name: str = ""
    ratio: float | None = None
    spread: tuple[float, float] | None = Field(None, description="Least and greatest of the single ratios or figures")
    target: str = Field("", description="What the row is held against, in words; empty: only reported")
    met: bool | None = None
    memory_mb: dict[str, float] = Field(default_factory=dict, description="Process → resident memory")
    notes: dict[str, str | float | int] = Field(default_factory=dict)


class Failure(_Part):
    """A benchmark that could not run."""

    name: str
    error: str


class Report(_Part):
    """One run of the benchmarks."""

    started_at: datetime
    quick: bool
    machine: dict[str, str | float | int]
    durability: dict[str, str]
    rows: tuple[Row, ...] = ()
    failures: tuple[Failure, ...] = ()

    def exit_code(self, *, strict: bool) -> int:
        """1 when a benchmark could not run, or, if `strict`, when a target was missed; else 0."""
        missed = strict and any(row.met is False for row in self.rows)
        return 1 if self.failures or missed else 0
