"""Finding complaints: by number, telephone, order, address, name or words, newest first."""

from operations.search.finding import search
from operations.search.model import Filters, Found, Position, Results

__all__ = ["Filters", "Found", "Position", "Results", "search"]
