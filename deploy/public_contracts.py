"""What the feed publishes of its contracts: JSON Schemas, AsyncAPI and OpenAPI documents, the changelog.

Kept with BASE as their address; each deployment serves them under its own PUBLIC_URL.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from deploy.asyncapi import attributes
from services.feed.contracts.changelog import changelog
from services.feed.contracts.public_events import PUBLIC_EVENTS
from services.feed.contracts.public_events.base import PublicEvent
from services.feed.contracts.public_events.words import FIELDS
from services.feed.contracts.publishing import BASE
from services.feed.domain.public_types import PUBLIC
from services.feed.domain.view import View

Document = dict[str, Any]

STRUCTURED: Final = "application/cloudevents+json"
#: Whose event an example is.
EXAMPLE_TENANT: Final = UUID("5f0c8a52-9d0e-4c0e-8f43-0b1f4a1d7c01")


def documents() -> Iterator[tuple[str, Any]]:
    """Every document but the OpenAPI one, by its path below the folder."""
    for event in PUBLIC_EVENTS:
        yield f"schemas/{event.TYPE}.json", schema(event)
    yield "schemas/cloudevent.json", cloud_event()
    yield "asyncapi.json", asyncapi()
    yield "changelog.json", changelog()


def schema(event: type[PublicEvent]) -> Document:
    """The JSON Schema of an event's data, with the fields of each view, and examples."""
    document = event.model_json_schema()
    for part in (document, *document.get("$defs", {}).values()):
        for name, field in part["properties"].items():
            field["description"] = FIELDS[name].english
    views = PUBLIC[event.TYPE].views
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{BASE}/contracts/schemas/{event.TYPE}.json",
        **document,
        "title": event.TYPE,
        "description": event.meaning(),
        "examples": _examples(event),
        "x-views": {view.value: sorted(views[view]) for view in View if view in views},
        **_deprecation(event),
    }


def cloud_event() -> Document:
    """The JSON Schema of the envelope: a structured CloudEvent, as pull and webhook send it."""
    always, sometimes = attributes()
    view = {"type": "string", "enum": [view.value for view in View]}
    view["description"] = "As what the tenant sees it"
    more = {
        "datacontenttype": {"type": "string", "const": "application/json"},
        "timestamp": {**always["time"], "description": "The same as time"},
        "view": view,
        "data": {"type": "object", "description": "What /contracts/schemas/{type}.json describes"},
    }
    late = {name: sometimes[name] for name in ("causationid",)}
    late["correlationid"] = always.pop("correlationid")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{BASE}/contracts/schemas/cloudevent.json",
        "title": "CloudEvent",
        "description": "A structured CloudEvent 1.0 of the feed. tenantid is the tenant whose log it is in.",
        "type": "object",
        "required": sorted([*always, *more]),
        "properties": {**always, **more, **late},
    }


def asyncapi() -> Document:
    """One AsyncAPI 3.0 document of what is pushed: Kafka topic, webhook and event stream."""
    structured = {f"{event.TYPE}-structured": _structured(event) for event in PUBLIC_EVENTS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Lernverbund feed",
            "version": "1",
            "description": "What municipalities' systems hear. The same events, ids and order an aggregate on "
            "every way; the paged log is in the OpenAPI document. Change is additive.",
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/"},
            "externalDocs": {"url": f"{BASE}/contracts"},
        },
        "defaultContentType": STRUCTURED,
        "channels": {
            "kafka": {
                "address": "tenant-{tenantId}",
                "description": "Your organisation's topic; GET /v1/subscriptions/{subscription_id}/kafka names "
                "the servers. CloudEvents in binary mode; the key is the aggregate.",
                "parameters": {"tenantId": {"description": "Your organisation"}},
                "messages": _references(event.TYPE for event in PUBLIC_EVENTS),
                "bindings": {"kafka": {"partitions": 1, "bindingVersion": "0.5.0"}},
            },
            "webhook": {
                "address": None,
                "description": "Sent by POST to the address that you verified, signed after the Standard "
                "Webhooks specification.",
                "messages": _references(structured),
            },
            "stream": {
                "address": "/v1/subscriptions/{subscriptionId}/stream",
                "description": "Server-sent events; `id` is the cursor to go on from, `event` the type.",
                "parameters": {"subscriptionId": {"description": "Your subscription"}},
                "messages": _references(structured),
            },
        },
        "operations": {
            f"send-by-{way}": {"action": "send", "channel": {"$ref": f"#/channels/{way}"}}
            for way in ("kafka", "webhook", "stream")
        },
        "components": {
            "messages": {event.TYPE: _binary(event) for event in PUBLIC_EVENTS} | structured,
            "schemas": {"CloudEvent": _without_id(cloud_event()), "KafkaHeaders": _headers()}
            | {event.TYPE: _embedded(event) for event in PUBLIC_EVENTS},
        },
    }


def for_tenants(openapi: Document) -> Document:
    """The OpenAPI document without what is for operators."""
    paths = {
        path: methods
        for path, methods in openapi["paths"].items()
        if not path.startswith("/v1/operations")
    }
    return {**openapi, "servers": [{"url": BASE}], "paths": paths}


def _binary(event: type[PublicEvent]) -> Document:
    return {
        "name": event.TYPE,
        "title": event.TYPE,
        "summary": event.meaning(),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/KafkaHeaders"},
        "payload": {"$ref": f"#/components/schemas/{event.TYPE}"},
    }


def _structured(event: type[PublicEvent]) -> Document:
    envelope = {"$ref": "#/components/schemas/CloudEvent"}
    own = {
        "type": {"const": event.TYPE},
        "data": {"$ref": f"#/components/schemas/{event.TYPE}"},
    }
    return {
        "name": event.TYPE,
        "title": event.TYPE,
        "summary": event.meaning(),
        "contentType": STRUCTURED,
        "payload": {"allOf": [envelope, {"type": "object", "properties": own}]},
    }


def _headers() -> Document:
    """The attributes as Kafka headers: every one but the data and what only a body needs."""
    document = cloud_event()
    names = {name: f"ce_{name}" for name in document["properties"]}
    names["datacontenttype"] = "content-type"
    for name in ("data", "timestamp"):
        del names[name]
    return {
        "type": "object",
        "required": sorted(names[name] for name in document["required"] if name in names),
        "properties": {header: document["properties"][name] for name, header in names.items()},
    }


def _embedded(event: type[PublicEvent]) -> Document:
    text = json.dumps(_without_id(schema(event)))
    return _parsed(text.replace('"#/$defs/', f'"#/components/schemas/{event.TYPE}/$defs/'))


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in {"$schema", "$id"}}


def _parsed(text: str) -> Document:
    document: Document = json.loads(text)
    return document


def _references(names: Any) -> Document:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _examples(event: type[PublicEvent]) -> list[Document]:
    """The producers' examples, as the tenant itself sees them."""
    paths = Path("services").glob(f"*/contracts/examples/{event.TYPE}.json")
    examples = [_parsed(path.read_text()) for path in paths]
    return [PUBLIC[event.TYPE].public(View.OWN, EXAMPLE_TENANT, example) for example in examples]


def _deprecation(event: type[PublicEvent]) -> Document:
    notice = event.DEPRECATED
    if notice is None:
        return {}
    return {
        "deprecated": True,
        "x-deprecated-on": notice.deprecated_on.isoformat(),
        "x-ends-on": notice.ends_on.isoformat(),
        "x-replaced-by": notice.replaced_by,
    }
