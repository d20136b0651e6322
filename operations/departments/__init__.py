"""What the systems of departments ask of us over HTTP: full contacts with a purpose, files. All on record."""

from operations.departments.access import Access

__all__ = ["Access"]
