"""The customer's page of one complaint: who may open it, what it shows, what may be sent from it."""

from gateway.track import adding, asking, showing

ROUTERS = (showing.router, asking.router, adding.router)

__all__ = ["ROUTERS"]
