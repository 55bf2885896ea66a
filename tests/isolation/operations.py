"""Every operation of every service, from its OpenAPI document, with a body that its schema accepts."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from deploy.names import SERVICES

REPOSITORY = Path(__file__).parents[2]
METHODS = ("get", "post", "put", "patch", "delete")

_TERMS = {
    "purpose": "Fremd",
    "parties": [
        {"tenant_id": str(uuid4()), "name": "Fremd", "part": part} for part in ("host", "party")
    ],
    "adds_later": True,
    "starts_at": "2027-01-15T12:00:00Z",
}
_PROGRAMME = {
    "name": "Fremd",
    "reference": "Fremd",
    "vouchers": 1,
    "eligibility": {},
    "opens_at": "2027-01-15T12:00:00Z",
    "closes_at": "2027-02-15T12:00:00Z",
}
#: What a schema cannot say of a body: by operation, or by the name of a property.
BODIES: Mapping[str, Any] = {
    "POST /v1/programmes": _PROGRAMME,
    "PUT /v1/programmes/{programme_id}": _PROGRAMME,
    "PATCH /v1/people/{person_id}": {"family_name": "Fremd"},
    "POST /v1/agreements": _TERMS,
    "POST /v1/programmes/{programme_id}/proofs/{proof_id}/signatures": {"sha256": "0" * 64},
    "POST /v1/agreements/{agreement_id}/changes": _TERMS,
    "PUT /v1/subscriptions/{subscription_id}/endpoint": {"url": "https://93.184.216.34/fremd"},
    # Everybody may claim any domain and require any offer: naming another's says nothing of it.
    "POST /v1/tenant/domains": {"domain": "fremd.example.org"},
    "POST /v1/mandatory-trainings": {"name": "Fremd", "offer_id": str(uuid4())},
    "PUT /v1/billing-details": {
        **dict.fromkeys(("name", "street", "postcode", "city", "contact", "phone"), "Fremd"),
        "email": "fremd@example.org",
    },
    "PUT /v1/programmes/{programme_id}/billing": {"leitweg_id": "04011000-1234512345-06"},
    "PUT /v1/learning-rules": {"leader_agreement": "Fremd", "leader_agreed_on": "2020-01-15"},
}
#: Properties that name a thing by another name than paths do.
REFERENCES: Mapping[str, str] = {
    "leader": "person_id",
    "member": "person_id",
    "parent_id": "unit_id",
    "provider_id": "tenant_id",
}
#: Addresses that are for one kind only of the things that their parameter names.
KINDS: Mapping[str, Mapping[str, str]] = {
    "GET /v1/subscriptions/{subscription_id}/kafka": {"subscription_id": "kafka_subscription_id"},
}
PROPERTIES: Mapping[str, Any] = {"email": "fremd@example.org", "contact_email": "fremd@example.org"}


@dataclass(frozen=True)
class Operation:
    """A method at an address of a service."""

    service: str
    method: str
    template: str
    schema: Mapping[str, Any] | None
    query: Mapping[str, Any]
    components: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def parameters(self) -> list[str]:
        """The ids that its path names."""
        return re.findall(r"{(\w+)}", self.template)

    def asked(self, ids: Mapping[str, str]) -> str:
        """What has to stand after its path."""
        found = {
            name: _sample(schema, self.components, ids, name) for name, schema in self.query.items()
        }
        return f"?{urlencode(found)}" if found else ""

    def body(self, ids: Mapping[str, str]) -> Any:
        """A body that names what `ids` name; None where none is taken."""
        if self.schema is None:
            return None
        if str(self) in BODIES:
            return BODIES[str(self)]
        named = {name: ids[thing] for name, thing in REFERENCES.items() if thing in ids}
        return _sample(self.schema, self.components, {**named, **ids}, "")


def operations(service: str) -> list[Operation]:
    """Every operation of a service."""
    file = REPOSITORY / "services" / service / "contracts" / "openapi.json"
    document = json.loads(file.read_text())
    components = document.get("components", {}).get("schemas", {})
    return [
        Operation(
            service,
            method.upper(),
            template,
            _schema(item[method]),
            _query(item[method]),
            components,
        )
        for template, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def _schema(operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    found: Mapping[str, Any] | None = content.get("application/json", {}).get("schema")
    return found


def _query(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        each["name"]: each["schema"]
        for each in operation.get("parameters", ())
        if each["in"] == "query" and each.get("required")
    }


def _sample(
    schema: Mapping[str, Any], components: Mapping[str, Any], ids: Mapping[str, str], name: str
) -> Any:
    """The least that a schema accepts, with everything in it that has an id's name."""
    if "$ref" in schema:
        return _sample(components[schema["$ref"].rpartition("/")[2]], components, ids, name)
    if name in ids or name in PROPERTIES:
        return ids.get(name) or PROPERTIES[name]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _sample(schema[several][0], components, ids, name)
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][0]
    return _of_type(schema, components, ids, name)


def _of_type(
    schema: Mapping[str, Any], components: Mapping[str, Any], ids: Mapping[str, str], name: str
) -> Any:
    kind = schema.get("type")
    if kind == "object":
        wanted = set(schema.get("required", ())) | _named(schema, ids)
        properties = schema.get("properties", {})
        return {
            each: _sample(properties[each], components, ids, each)
            for each in properties
            if each in wanted
        }
    if kind == "array":
        one = _sample(schema.get("items", {}), components, ids, name.removesuffix("s"))
        return [one] * max(1, schema.get("minItems", 0))
    if kind in {"integer", "number"}:
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    formats = {"uuid": str(uuid4()), "date": "2027-01-15", "date-time": "2027-01-15T12:00:00Z"}
    return formats.get(schema.get("format", ""), "Fremd" + "x" * schema.get("minLength", 0))


def _named(schema: Mapping[str, Any], ids: Mapping[str, str]) -> set[str]:
    return {each for each in schema.get("properties", {}) if each.removesuffix("s") in ids}


ALL = [each for service in SERVICES for each in operations(service)]
