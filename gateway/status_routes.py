"""For operators: alive, ready, metrics."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.openapi import PartHealth, Readiness
from gateway.parts import parts_of

router = APIRouter()
_READINESS = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}}
_READY: dict[int | str, dict[str, Any]] = {
    200: {"description": "Deliveries can be made durable, in Kafka or in the spool", **_READINESS},
    503: {"description": "They cannot", **_READINESS},
}
_METRICS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Prometheus metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/healthz", summary="The process answers")
async def healthz() -> dict[str, str]:
    """Alive: nothing else is asked."""
    return {"status": "alive"}


@router.get("/readyz", summary="Ready to receive", response_class=JSONResponse, responses=_READY)
async def readyz(request: Request) -> Response:
    """Ready while deliveries can be made durable; the other parts of the process are shown, they do not decide."""
    parts = parts_of(request)
    intake = parts.intake.health()
    shown = [
        PartHealth(name=one.name, ready=one.ready, detail=one.detail, facts=dict(one.facts))
        for one in (intake, *parts.healths())
    ]
    body = Readiness(ready=intake.ready, parts=shown)
    return Response(body.model_dump_json(), 200 if intake.ready else 503, media_type="application/json")


@router.get("/metrics", summary="Prometheus metrics", response_class=Response, responses=_METRICS)
async def metrics() -> Response:
    """Everything this process measures."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
