"""Additions: files, recordings, typed words and updates become revisions of the complaint they belong to."""

from workers.additions.fetcher import Fetcher, FetcherParts
from workers.additions.stage import Additions

__all__ = ["Additions", "Fetcher", "FetcherParts"]
