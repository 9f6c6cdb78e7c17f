"""Which destinations there are, as data: the file of `MINSHENG_DESTINATIONS`, else the one of `MINSHENG_DISPATCH_URL`.

docs/dispatch.md shows a file. Secrets stand in environment variables (or in `.env`); the file has their names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from feedback.dispatch.addresses import AddressForbidden, Host, check, host_of, network_of
from feedback.models import WorkOrder
from feedback.settings import ROOT, Settings, settings
from nlu.categories import categories
from nlu.places import districts

DEFAULT = "default"
"""The name of the only destination where no file names any."""
Standing = Literal["received", "in_progress", "done", "returned"]
"""What a department's state can mean: these states of a work order."""
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Secrets = dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")], str]


class WrongFile(Exception):
    """The file of destinations can't be used; `str()` has a line for each fault, in Chinese."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Takes(_Strict):
    """Which work orders a destination takes; an empty list means any."""

    departments: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    """Codes such as `road.streetlight`, or the first part of some, `road`."""
    districts: tuple[str, ...] = ()

    @field_validator("categories")
    @classmethod
    def _known_categories(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        return _all_in(codes, {*categories(), *(code.partition(".")[0] for code in categories())}, "类别")

    @field_validator("districts")
    @classmethod
    def _known_districts(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _all_in(names, set(districts()), "区")

    @property
    def anything(self) -> bool:
        return not (self.departments or self.categories or self.districts)

    def fits(self, department: str, category: str, district: str | None) -> bool:
        return (
            (not self.departments or department in self.departments)
            and self.fits_category(category)
            and (not self.districts or district in self.districts)
        )

    def fits_category(self, code: str) -> bool:
        return not self.categories or code in self.categories or code.partition(".")[0] in self.categories


class _Destination(_Strict):
    """What every kind has."""

    name: Name
    takes: Takes = Takes()
    fields: dict[str, str | None] = {}
    """Their names for ours; null leaves a field out."""
    constants: dict[str, str] = {}
    """What is sent along with every order."""
    services: dict[str, str] = {}
    """Their service codes for our categories, by code, by its first part or `default`; ours go unchanged where none fits."""
    states: dict[str, Standing] = {}
    """What their states mean beside those that Open311 and mySociety's extension name."""
    callback_secrets: Secrets = {}
    """Variables with what they sign callbacks with, by the key's id; without one, callbacks aren't taken."""

    @field_validator("services")
    @classmethod
    def _known_services(cls, services: dict[str, str]) -> dict[str, str]:
        parts = {code.partition(".")[0] for code in categories()}
        _all_in(tuple(services), {*categories(), *parts, "default"}, "类别")
        return services

    def service_of(self, category: str) -> str:
        """Their service code for a category of ours."""
        keys = (category, category.partition(".")[0], "default")
        return next((self.services[key] for key in keys if key in self.services), category)

    def standing_of(self, status: str) -> str:
        """A state of theirs in our words; as it is, in lower case, where the file says nothing of it."""
        return self.states.get(status) or status.lower()

    def hosts(self) -> dict[Host, str]:
        """The hosts that it is reached at, each with its network."""
        return {}


class _OverHttp(_Destination):
    address: str
    network: Literal["public", "private", "loopback"] = "public"
    """Where the address may be; on `loopback` alone http will do."""

    @field_validator("address")
    @classmethod
    def _address(cls, address: str) -> str:
        try:
            host_of(address)
        except AddressForbidden as error:
            raise ValueError(str(error)) from error
        return address.rstrip("/")

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        try:
            for address in self.addresses():
                check(address, self.hosts())
        except AddressForbidden as error:
            raise ValueError(f"{error}（只有 network: loopback 可以用 http）") from error
        return self

    def addresses(self) -> tuple[str, ...]:
        return (self.address,)

    def hosts(self) -> dict[Host, str]:
        return {host_of(address): self.network for address in self.addresses()}


class Open311Config(_OverHttp):
    """Any Open311 GeoReport v2 server."""

    kind: Literal["open311"]
    api_key: str = ""
    """The variable with the key; empty where none is asked for."""
    jurisdiction_id: str = ""
    format: Literal["xml", "json"] = "xml"
    """The standard asks servers for XML; some speak only JSON."""
    honours_keys: bool = False
    """Whether the same `Idempotency-Key` never makes a second request there."""
    lookup: str = ""
    """The parameter of `GET requests` by which they find our reference, if there is one."""
    updates: Literal["auto", "servicerequestupdates", "requests", "none"] = "auto"
    """How they tell what was done; `auto`: by `servicerequestupdates` where it exists, else by `requests`."""
    state_field: str = "status"
    """The element of a request with its state: Open311's own `status` knows only open and closed."""
    round_minutes: Annotated[float, Field(ge=0)] = 5
    """Minutes between two rounds of `requests` through all open orders."""
    key_for_reading: bool = False
    """Whether questions need the key too; the standard asks for it only when something is filed."""
    batch: Annotated[int, Field(ge=1, le=500)] = 50
    """How many numbers one question holds."""


class WebhookConfig(_OverHttp):
    """A JSON webhook with signatures."""

    kind: Literal["webhook"]
    secret: str
    """The variable with what we sign with."""
    key_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")] = "1"
    """Tells them which secret it is, so that it can be changed."""
    lookup: str = ""
    """An address that is asked for the standing of orders; empty where there is none."""
    honours_keys: bool = True
    batch: Annotated[int, Field(ge=1, le=500)] = 50

    def addresses(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.address, self.lookup)))

    @field_validator("lookup")
    @classmethod
    def _lookup(cls, address: str) -> str:
        return address and cls._address(address)


class FilesConfig(_Destination):
    """Files in a folder, for systems that speak to nobody."""

    kind: Literal["files"]
    folder: Path
    format: Literal["csv", "xlsx"] = "csv"
    every_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """How long orders wait for each other before a file is written."""
    most: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """Orders in one file."""

    @field_validator("folder")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        if not folder.is_absolute():
            raise ValueError("要写完整路径")
        return folder


Config = Open311Config | WebhookConfig | FilesConfig
_FILE = TypeAdapter(list[Annotated[Config, Field(discriminator="kind")]])


@cache
def configured() -> tuple[Config, ...]:
    """The destinations of the settings, in the order in which they are asked whether they take an order.

    Raises:
        WrongFile: the file, or the address of the settings, can't be used.
    """
    chosen = settings()
    if chosen.destinations:
        return load(chosen.destinations)
    try:
        return (_only(chosen),)
    except (ValidationError, AddressForbidden) as error:
        words = _words(error.errors()[0]) if isinstance(error, ValidationError) else error
        raise WrongFile(f"MINSHENG_DISPATCH_URL：{words}") from error


def load(file: Path) -> tuple[Config, ...]:
    """The destinations of a file.

    Raises:
        WrongFile: with every fault, its line and its key.
    """
    try:
        text = file.read_text("utf-8")
        content, root = yaml.safe_load(text), yaml.compose(text, yaml.SafeLoader)
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise WrongFile(f"{file}：读不了：{error}") from error
    try:
        found = tuple(_FILE.validate_python(content))
    except ValidationError as error:
        raise WrongFile("\n".join(_fault(file, root, fault) for fault in error.errors())) from error
    if faults := [*_faults_together(found), *_missing_secrets(found)]:
        raise WrongFile("\n".join(f"{file}：{fault}" for fault in faults))
    return found


def choose(work_order: WorkOrder) -> str:
    """The name of the destination that a work order goes to: the first that takes it."""
    report = work_order.report
    wanted = (work_order.department, report.category, report.district)
    return next(config.name for config in configured() if config.takes.fits(*wanted))


def secret(variable: str) -> SecretStr:
    """The content of an environment variable, also one of `.env` or one with a default of ours; empty if there is none."""
    if variable in _OWN:
        return getattr(settings(), _OWN[variable])
    return SecretStr(os.environ.get(variable) or dotenv_values(ROOT / ".env").get(variable) or "")


def allowed_hosts() -> dict[Host, str]:
    """Every host that may be called: those of the destinations, and those that photos may come from."""
    media = {host_of(f"https://{host.strip()}"): "public" for host in settings().media_hosts.split(",") if host.strip()}
    return media | {host: network for config in configured() for host, network in config.hosts().items()}


_OWN = {
    "MINSHENG_DISPATCH_API_KEY": "dispatch_api_key",
    "MINSHENG_DISPATCH_CALLBACK_SECRET": "dispatch_callback_secret",
}


def _only(chosen: Settings) -> Open311Config:
    """The destination of `MINSHENG_DISPATCH_URL`, or the reference dispatch system on this machine, which honours keys."""
    reference = chosen.uses_reference
    key, callbacks = _OWN
    return Open311Config(
        kind="open311",
        name=DEFAULT,
        address=chosen.dispatch_base,
        network=_likely_network(host_of(chosen.dispatch_base)[0]),
        api_key=key,
        honours_keys=reference,
        lookup="external_id" if reference else "",
        state_field="extended_attributes/detailed_status" if reference else "status",
        callback_secrets={"1": callbacks} if secret(callbacks).get_secret_value() else {},
    )


def _likely_network(host: str) -> str:
    """The network of an address that its operator wrote by number, or of this machine; a name is taken for a public one."""
    if host == "localhost":
        return "loopback"
    try:
        return network_of(ip_address(host)) or "public"
    except ValueError:
        return "public"


def _all_in(values: tuple[str, ...], known: set[str], what: str) -> tuple[str, ...]:
    if unknown := [value for value in values if value not in known]:
        raise ValueError(f"没有{what}「{'、'.join(unknown)}」")
    return values


def _faults_together(found: Sequence[Config]) -> list[str]:
    names = [config.name for config in found]
    faults = [f"{name}：这个名字用了两次" for name in dict.fromkeys(names) if names.count(name) > 1]
    open_to_all = [config.name for config in found if config.takes.anything]
    if not open_to_all or open_to_all[0] != names[-1]:
        faults.append("最后一个去处（只有它）要不写 takes：前面的都不接的工单归它")
    return faults


def _missing_secrets(found: Sequence[Config]) -> list[str]:
    return [
        f"{config.name}.{key}：环境变量 {variable} 没有值"
        for config in found
        for key, variable in _variables(config).items()
        if variable and not secret(variable).get_secret_value()
    ]


def _variables(config: Config) -> dict[str, str]:
    """The names of the variables that a destination reads, by the key that says so."""
    callbacks = {f"callback_secrets.{key}": variable for key, variable in config.callback_secrets.items()}
    own = {key: getattr(config, key, "") for key in ("api_key", "secret")}
    return own | callbacks


_WORDS = {
    "missing": "缺少这一项",
    "extra_forbidden": "不认识这一项，请核对写法",
    "union_tag_not_found": "缺少 kind（open311、webhook 或 files）",
    "union_tag_invalid": "kind 只能是 open311、webhook 或 files",
    "list_type": "要是一个列表，每个去处一项",
    "string_pattern_mismatch": "写法不对，只能用字母、数字和 - _",
}


def _fault(file: Path, root: yaml.Node | None, fault: Mapping[str, Any]) -> str:
    """A fault with its line and its key; a value is not repeated, it may be a secret that somebody wrote there."""
    path = [part for part in fault["loc"] if part not in ("open311", "webhook", "files")]
    which = [f"第 {path[0] + 1} 个去处", ".".join(map(str, path[1:]))] if path else []
    return f"{file} 第 {_line(root, path)} 行，{' '.join(which).strip()}：{_words(fault)}"


def _words(fault: Mapping[str, Any]) -> str:
    more = fault.get("ctx", {})
    if "expected" in more:
        return f"只能是 {more['expected'].replace(' or ', ' 或 ')}"
    if fault["type"] in ("greater_than_equal", "less_than_equal"):
        return f"不能小于 {more['ge']}" if "ge" in more else f"不能大于 {more['le']}"
    return _WORDS.get(fault["type"]) or str(more.get("error") or fault["msg"])


def _line(node: yaml.Node | None, path: Sequence[str | int]) -> int:
    """The line that a key stands on, or as far as the file has the way to it."""
    for part in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), node)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
    return node.start_mark.line + 1 if node else 1
