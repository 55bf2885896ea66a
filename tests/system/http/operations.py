"""Every operation of the services' HTTP contracts, read from openapi.json: a new one is refused too."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from deploy.access import ACCOUNT, NOBODY, STAFF, read
from deploy.names import SERVICES

REPOSITORY = Path(__file__).parents[3]
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """A method at an address of a service."""

    service: str
    method: str
    template: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def ids(self) -> list[str]:
        """The ids that its path names."""
        return re.findall(r"{(\w+)}", self.template)

    def path(self, **ids: str) -> str:
        """Its path with these ids; others are nobody's."""
        nobodys: Mapping[str, str] = {"list_id": "1"}
        path = self.template
        for name in self.ids:
            path = path.replace(f"{{{name}}}", ids.get(name) or nobodys.get(name) or str(uuid4()))
        return path


def operations(service: str) -> list[Operation]:
    """Every operation of a service."""
    file = REPOSITORY / "services" / service / "contracts" / "openapi.json"
    paths: dict[str, dict[str, Any]] = json.loads(file.read_text())["paths"]
    return [
        Operation(
            service,
            method.upper(),
            template,
            tuple(
                each["name"]
                for each in item[method].get("parameters", ())
                if each["in"] != "header"
            ),
        )
        for template, item in paths.items()
        for method in METHODS
        if method in item
    ]


ALL = [each for service in SERVICES for each in operations(service)]
#: Who is let in where, as docs/access.md says: that it is so, another suite tries cell by cell.
ACCESS = read((REPOSITORY / "docs" / "access.md").read_text())


def _closed_to(caller: str) -> list[Operation]:
    return [each for each in ALL if not ACCESS[each.service, str(each)][caller]]


PROTECTED = _closed_to(NOBODY)
NEEDS_A_TENANT = [
    each
    for each in _closed_to(ACCOUNT)
    if not any(ACCESS[each.service, str(each)][staff] for staff in STAFF)
]
NEEDS_A_ROLE = _closed_to("learner")
#: Not a story's id, which a client may have chosen, nor the name of a type: any text may be one.
NAMES_AN_ID = [
    each for each in ALL if each.ids and not {"correlation_id", "event_type"} & set(each.ids)
]
LISTS = [each for each in PROTECTED if "limit" in each.parameters]
