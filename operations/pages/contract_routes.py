"""For department systems, without sign-in: the AsyncAPI document, the schemas, the page that explains them."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.openapi import page
from gateway.parts import parts_of
from gateway.problems import status_problem
from operations.contract import SAMPLES, Installed, schema_names, schema_text, written
from operations.contract.asyncapi import PATH
from operations.pages.parts import operations_of

router = APIRouter(tags=["departments"])
_TEMPLATES = Path(__file__).parents[1] / "contract" / "templates"
_LANGUAGES = {"zh-CN": "简体中文", "en": "English"}
_YAML = "application/yaml"
_SCHEMA = "application/schema+json"
_DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "AsyncAPI 3.1", "content": {_YAML: {"schema": {"type": "string"}}}}
}
_SCHEMA_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "JSON Schema 2020-12", "content": {_SCHEMA: {"schema": {"type": "object"}}}},
    404: {"description": "No record is called that"},
}


@router.get(PATH, summary="The contract of department systems", response_class=Response, responses=_DOCUMENT)
async def asyncapi(request: Request) -> Response:
    """Topics, messages and samples of this installation."""
    return Response(written(_installed(request)), media_type=_YAML)


@router.get("/schemas/{name}.json", summary="The schema of a record", response_class=Response, responses=_SCHEMA_FILE)
async def schema(name: str) -> Response:
    """One of `schemas/json`, by the name of its record."""
    text = schema_text(name)
    return status_problem(404) if text is None else Response(text, media_type=_SCHEMA)


@router.get(
    "/docs/departments",
    summary="How to connect a department's system",
    response_class=HTMLResponse,
    responses={200: page("The page")},
)
async def departments(request: Request, lang: str | None = None) -> Response:
    """The contract in words, in Chinese or (`?lang=en`) English."""
    chosen = "en" if (lang or "").lower().startswith("en") else "zh-CN"
    parts, of = parts_of(request), _installed(request)
    html = _environment().get_template(f"departments.{chosen}.html")
    return HTMLResponse(
        html.render(
            lang=chosen,
            languages=_LANGUAGES,
            company=parts.settings.company_name,
            of=of,
            samples=SAMPLES,
            schemas=schema_names(),
            document=PATH,
        ),
        headers={"Content-Language": chosen},
    )


def _installed(request: Request) -> Installed:
    operations = operations_of(request)
    return Installed(operations.pack, operations.settings.kafka, parts_of(request).public_url)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
