"""The bare route: FastAPI that only awaits the broker's acknowledgement of one record: `route BOOTSTRAP TOPIC PORT`.

The same uvicorn options, event loop and producer options as the gateway. It neither reads the body nor answers
with anything of its own: what a gateway must do besides is what is measured against it.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import uvicorn
import uvloop
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Request

from infra.kafka import producer
from schemas.settings import KafkaSettings

_IDLE_S = 30


def build(bootstrap: str, topic: str) -> FastAPI:
    """The application with its one route."""
    clients: list[AIOKafkaProducer] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with producer(KafkaSettings(bootstrap_servers=bootstrap)) as client:
            clients.append(client)
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.post("/api/v1/complaints", status_code=202)
    async def post(request: Request) -> dict[str, str]:
        number = str(uuid4())
        await clients[0].send_and_wait(topic, await request.body(), key=number.encode())
        return {"id": number}

    @app.get("/readyz")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    return app


def main(bootstrap: str, topic: str, port: str) -> None:
    """Serve until SIGTERM."""
    config = uvicorn.Config(
        build(bootstrap, topic),
        port=int(port),
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=4000,
        timeout_keep_alive=_IDLE_S,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main(*sys.argv[1:])
