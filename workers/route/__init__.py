"""The route stage: which department answers, who gets a copy, who must look now."""

from workers.route.stage import Route

__all__ = ["Route"]
