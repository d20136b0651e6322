"""Web: the public form and the JSON API. Both become the same complaint; only what identifies a post differs."""

from connectors.web.connector import Web

__all__ = ["Web"]
