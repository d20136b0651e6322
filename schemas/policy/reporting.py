"""What a company counts by, and which summaries it makes when. Told by `intake policy explain`; no part makes them."""

from typing import Literal

from pydantic import Field

from schemas.policy.base import Code, Hyphenated, PolicyPart, Titles

Dimension = Literal["class", "category", "kind", "department", "unit", "region", "product", "batch", "channel"]
Content = Literal[
    "counts",
    "trend",
    "handling-time",
    "on-time-rate",
    "satisfaction",
    "recurring-problems",
    "root-causes",
    "top-products",
    "top-units",
    "typical-cases",
]


class CaseClass(PolicyPart):
    """A company's own class in forms and reports, and the categories that belong to it.

    Texts are understood by categories whatever the classes are, so packs with other classes share one model.
    """

    code: Code
    title: Titles
    categories: tuple[Code, ...]


class Report(PolicyPart):
    """A summary and its rhythm. `approved_by` signs before it goes out, `copies` get it as well."""

    code: Hyphenated
    title: Titles
    every: Literal["day", "week", "month", "quarter", "year"]
    by: tuple[Dimension, ...]
    holds: tuple[Content, ...]
    approved_by: Hyphenated | None = None
    copies: tuple[Hyphenated, ...] = ()
    as_files: tuple[Literal["xlsx", "page"], ...] = Field(("xlsx", "page"), description="Excel sheet, page with charts")
