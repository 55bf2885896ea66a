"""Every operation of the services' HTTP contracts, read from openapi.json: a new one is refused too."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from deploy.names import SERVICES

REPOSITORY = Path(__file__).parents[3]
METHODS = ("get", "post", "put", "patch", "delete")
#: What needs no token: it is for everybody, or for whoever verifies a credential.
PUBLIC = ("GET /v1/regions", "GET /tenants/")
#: What needs a token, but no tenant: an applicant has none yet.
FOR_APPLICANTS = ("POST /v1/applications", "GET /v1/applications/{tenant_id}")
#: What only the cooperative's staff does.
FOR_OPERATORS = (
    "GET /v1/applications",
    "POST /v1/applications/{tenant_id}/approval",
    "POST /v1/applications/{tenant_id}/refusal",
)
#: What stands in every service for them.
OPERATIONS = "/v1/operations/"
#: What every account of a tenant may read, whatever its role.
FOR_EVERY_MEMBER = (
    "GET /v1/tenant",
    "GET /v1/competence-models",
    "GET /v1/competence-models/{model_id}",
    "GET /v1/offers",
    "GET /v1/offers/{offer_id}",
    "GET /v1/bookings",
    "GET /v1/bookings/{booking_id}",
    "GET /v1/programmes",
    "GET /v1/programmes/{programme_id}",
    "GET /v1/programmes/{programme_id}/eligibility",
    "GET /v1/vouchers",
)


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
            tuple(each["name"] for each in item[method].get("parameters", ())),
        )
        for template, item in paths.items()
        for method in METHODS
        if method in item
    ]


ALL = [each for service in SERVICES for each in operations(service)]
PROTECTED = [each for each in ALL if not str(each).startswith(PUBLIC)]
NEEDS_A_TENANT = [
    each
    for each in PROTECTED
    if str(each) not in FOR_APPLICANTS + FOR_OPERATORS and not each.template.startswith(OPERATIONS)
]
NEEDS_A_ROLE = [each for each in PROTECTED if str(each) not in FOR_APPLICANTS + FOR_EVERY_MEMBER]
#: Not a story's id, which a client may have chosen: any text is one.
NAMES_AN_ID = [each for each in ALL if each.ids and "correlation_id" not in each.ids]
LISTS = [each for each in PROTECTED if "limit" in each.parameters]
