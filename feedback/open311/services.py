"""What can be reported: the public categories, as the standard's services, and where the interface is found."""

from __future__ import annotations

from datetime import datetime

from feedback.city_time import CITY_TIME
from feedback.open311 import attributes
from feedback.open311.answers import MEDIA_TYPES
from feedback.open311.attributes import attributes_of
from feedback.open311.errors import Refused
from feedback.settings import settings
from nlu import categories as city
from nlu.categories import Category, categories

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


def services() -> list[dict]:
    """The list of services."""
    return [_service(category) for category in categories().values() if category.public]


def service(code: str) -> Category:
    """The category of a service code.

    Raises:
        Refused: there is no such service.
    """
    category = categories().get(code)
    if not category or not category.public:
        raise Refused(404, "没有这个 service_code，请从 services 的列表里选。")
    return category


def definition(code: str) -> dict:
    """What is asked for a service.

    Raises:
        Refused: there is no such service.
    """
    return {
        "service_code": service(code).code,
        "attributes": [
            {
                "variable": True,
                "code": attribute.code,
                "datatype": attribute.datatype,
                "required": attribute.required,
                "datatype_description": attribute.datatype_description or None,
                "order": order,
                "description": attribute.description,
                "values": [{"key": key, "name": name} for key, name in attribute.values.items()],
            }
            for order, attribute in enumerate(attributes_of(code), 1)
        ],
    }


def discovery(base: str) -> dict:
    """The standard's Service Discovery; `base` is the address of this interface."""
    changed = _changed()
    endpoint = {
        "specification": SPECIFICATION,
        "url": base,
        "changeset": changed,
        "type": "production",
        "formats": list(MEDIA_TYPES.values()),
    }
    contact = settings().open311_contact
    key_service = f"登记诉求和传回进展需要 api_key，由运营方发放。{contact}"
    return {"changeset": changed, "contact": contact, "key_service": key_service, "endpoints": [endpoint]}


def _service(category: Category) -> dict:
    return {
        "service_code": category.code,
        "service_name": category.name,
        "description": category.boundary,
        "metadata": bool(attributes_of(category.code)),
        "type": "realtime",
        "keywords": ",".join(filter(None, (*category.keywords, category.english))),
        "group": category.code.partition(".")[0],
    }


def _changed() -> str:
    """When services or their definitions were last edited, in city time."""
    edited = max(file.stat().st_mtime for file in (city.FILE, attributes.FILE))
    return datetime.fromtimestamp(edited, CITY_TIME).strftime("%Y-%m-%d %H:%M")
