"""The page of faults, and `PUT /faults` for tests: who runs the program sets them, from the same machine."""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from feedback.dispatch.reference.faults import Faults
from feedback.dispatch.reference.given import TheSwitch
from feedback.dispatch.reference.rendering import PageRefused, render, same_origin

_FAULTS = TypeAdapter(Faults)


async def _from_this_machine(request: Request) -> None:
    host = request.client.host if request.client else ""
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here and request.method != "GET":
        raise PageRefused(403, "故障模拟只能在本机设置。")


router = APIRouter(prefix="/faults", dependencies=[Depends(same_origin), Depends(_from_this_machine)])


@router.get("")
def page(request: Request, switch: TheSwitch, saved: bool = False) -> Response:
    return render(request, "faults.html", faults=switch.faults, saved=saved)


@router.put("")
def put(faults: Faults, switch: TheSwitch) -> Faults:
    switch.set(faults)
    return switch.faults


@router.post("")
async def save(request: Request, switch: TheSwitch) -> Response:
    chosen = {name: value for name, value in (await request.form()).items() if value != ""}
    try:
        switch.set(_FAULTS.validate_python(chosen))
    except ValidationError:
        words = "没有保存：请核对数字。比例在 0 到 1 之间，三个比例合计不超过 1；状态码在 400 到 599 之间。"
        return render(request, "faults.html", 422, faults=switch.faults, error=words)
    return RedirectResponse("/faults?saved=true", 303)
