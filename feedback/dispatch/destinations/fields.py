"""A work order in a destination's own words."""

from __future__ import annotations

from feedback.dispatch.destinations.config import Config
from feedback.dispatch.destinations.destination import REFERENCE


def translated(request: dict[str, str], config: Config) -> dict[str, str]:
    """The fields of Open311's `POST requests` under the names that the destination has for them, with its service code and
    what it wants sent along; a field that it has no use for is left out."""
    values = request | {"service_code": config.service_of(request["service_code"])}
    renamed = {config.fields.get(name, name): value for name, value in values.items()}
    return {name: value for name, value in renamed.items() if name is not None} | config.constants


def bare(request: dict[str, str]) -> dict[str, str]:
    """The same without Open311's brackets, our reference called so: `attribute[urgent]` is `urgent`."""
    names = {name: name.removeprefix("attribute[").removesuffix("]") for name in request} | {REFERENCE: "reference"}
    return {names[name]: value for name, value in request.items()}
