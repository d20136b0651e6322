"""The working pages: what waits for a person, and what a person decides."""

from operations.pages import outbox_routes, pile_routes, stage_routes, task_routes

ROUTERS = (
    pile_routes.suspended_router,
    pile_routes.letters_router,
    task_routes.router,
    outbox_routes.router,
    stage_routes.router,
)
"""One router a page."""
