"""What the program gives its endpoints: they name it by type."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from feedback.dispatch.reference.faults import Switch
from feedback.dispatch.reference.models import Store


async def _store(request: Request) -> Store:
    return request.app.state.store


async def _switch(request: Request) -> Switch:
    return request.app.state.switch


async def _api_key(request: Request) -> str:
    return request.app.state.api_key


TheStore = Annotated[Store, Depends(_store)]
TheSwitch = Annotated[Switch, Depends(_switch)]
TheApiKey = Annotated[str, Depends(_api_key)]
