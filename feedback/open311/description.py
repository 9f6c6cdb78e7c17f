"""The OpenAPI document at `/open311/v2/openapi.json`: what is sent and answered, for programmers and for contract tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel

from feedback.open311.answers import MEDIA_TYPES
from feedback.open311.parameters import FORM, NewRequest, NewUpdate


class _Answer(BaseModel, extra="forbid"):
    """Exactly these fields."""


class Service(_Answer):
    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime"]
    keywords: str
    group: str


class Value(_Answer):
    key: str
    name: str


class Attribute(_Answer):
    variable: bool
    code: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool
    datatype_description: str | None
    order: int
    description: str
    values: list[Value]


class ServiceDefinition(_Answer):
    service_code: str
    attributes: list[Attribute]


class ExtendedAttributes(_Answer):
    kind: str
    state: str
    state_name: str
    district: str | None
    subdistrict: str | None
    supervised: bool
    reopened: int
    endorsements: int
    outcome: str | None


class ServiceRequest(_Answer):
    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str
    service_name: str
    service_code: str
    description: str
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: datetime
    updated_datetime: datetime
    expected_datetime: datetime | None
    address: str | None
    address_id: str | None
    zipcode: str | None
    lat: float | None
    long: float | None
    media_url: str | None
    extended_attributes: ExtendedAttributes | None = None


class FiledRequest(_Answer):
    service_request_id: str
    service_notice: str
    account_id: str | None


class Token(_Answer):
    service_request_id: str
    token: str


class RequestUpdate(_Answer):
    update_id: str
    service_request_id: str
    status: Literal["OPEN", "CLOSED"]
    updated_datetime: datetime
    description: str | None
    media_url: str | None


class TakenUpdate(_Answer):
    update_id: str


class Endpoint(_Answer):
    specification: str
    url: str
    changeset: str
    type: Literal["production"]
    formats: list[str]


class Discovery(_Answer):
    changeset: str
    contact: str
    key_service: str
    endpoints: list[Endpoint]


class Error(_Answer):
    code: int
    description: str


def _answers(model: Any, *refusals: int) -> dict:
    """What an address answers, in both formats."""
    of = {200: model} | dict.fromkeys((400, 404, *refusals), list[Error])
    xml = {"content": {MEDIA_TYPES["xml"]: {"schema": {"type": "string"}}}, "description": "见 JSON；XML 的元素同名"}
    return {"responses": {status: {"model": answer} | xml for status, answer in of.items()}}


def _form(model: type[BaseModel]) -> dict:
    schema = model.model_json_schema()
    schema["properties"].pop("attributes", None)
    schema["properties"]["api_key"] = {"type": "string", "description": "必填"}
    schema["required"] = [*schema.get("required", ()), "api_key"]
    schema["description"] = "另可带 attribute[代码]=值，代码见服务的 definition" if model is NewRequest else ""
    return {"openapi_extra": {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}}


_KEYED = (403, 429)
DISCOVERY = _answers(Discovery)
SERVICES = _answers(list[Service])
DEFINITION = _answers(ServiceDefinition)
REQUESTS = _answers(list[ServiceRequest], *_KEYED)
TOKENS = _answers(list[Token], *_KEYED)
UPDATES = _answers(list[RequestUpdate], *_KEYED)
FILED = _answers(list[FiledRequest], *_KEYED, 413, 415) | _form(NewRequest)
UPDATED = _answers(list[TakenUpdate], *_KEYED, 413, 415) | _form(NewUpdate)
_FORMAT = {
    "name": "format",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": list(MEDIA_TYPES)},
    "description": "也可以不写，用 Accept 请求头选择",
}


def describe(app: FastAPI) -> None:
    """Write the addresses as the standard does, with the format at their end, and no error that is not given."""
    made = app.openapi

    def openapi() -> dict:
        if not app.openapi_schema:
            schema = made()
            schema["paths"] = {f"{path}.{{format}}": _with_format(item) for path, item in schema["paths"].items()}
        return app.openapi_schema

    app.openapi = openapi


def _with_format(item: dict) -> dict:
    for operation in item.values():
        operation["parameters"] = [*operation.get("parameters", ()), _FORMAT]
        operation["responses"].pop("422", None)
    return item
