"""The working pages: what waits for a person, and what a person decides."""

from operations.pages import (
    link_routes,
    outbox_routes,
    pile_routes,
    reply_routes,
    review_routes,
    stage_routes,
    task_routes,
)

ROUTERS = (
    pile_routes.suspended_router,
    pile_routes.letters_router,
    task_routes.router,
    outbox_routes.router,
    stage_routes.router,
    review_routes.router,
    link_routes.router,
    reply_routes.router,
)
"""One router a page."""
