"""One complaint's whole history, put together from the records and rows that the stages left."""

from operations.history.collecting import history_of, newest_of

__all__ = ["history_of", "newest_of"]
