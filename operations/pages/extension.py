"""Adds the operations pages to the gateway's application."""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from operations.departments import Access
from operations.departments import routes as department_routes
from operations.pages import (
    accounts_routes,
    audit_routes,
    board_routes,
    case_routes,
    complaint_routes,
    contract_routes,
    search_routes,
    tokens_routes,
)
from operations.pages.desk import ROUTERS as DESK
from operations.pages.parts import OperationsParts

ROUTERS = (
    board_routes.router,
    contract_routes.router,
    department_routes.router,
    *DESK,
    search_routes.router,
    tokens_routes.router,  # before the accounts: "tokens" would be read as one's id
    accounts_routes.router,
    audit_routes.router,
    complaint_routes.router,
    case_routes.router,
)
"""Every page, one router a file."""
_STATIC = Path(__file__).parent / "static"


def extension(parts: OperationsParts) -> Callable[[FastAPI], None]:
    """What `create_app` takes."""

    def add(app: FastAPI) -> None:
        app.state.operations = parts
        app.state.department_access = Access(parts.settings)
        for router in ROUTERS:
            app.include_router(router)
        app.mount("/static/ops", StaticFiles(directory=_STATIC), name="ops-static")

    return add
