"""`intake review`: what people look at, what they said of it, and what is learned from that."""

from deploy.cli.review import acting, learning, looking
from deploy.cli.review.application import app

__all__ = ["acting", "app", "learning", "looking"]
