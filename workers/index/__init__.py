"""The index stage: keeps one row a complaint, its newest revision, by which people find it."""

from workers.index.stage import IndexStage

__all__ = ["IndexStage"]
