"""One AsyncAPI 3.0 document of every topic and event, with who sends and who receives.

Source of the structure: the AsyncAPI specification 3.0.0 and its Kafka bindings 0.5.0.
"""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.envelope import CONTENT_TYPE, Event
from shared.messaging.topics import Topic

Document = dict[str, Any]


def asyncapi(
    topics: Mapping[str, Sequence[Topic]], events: Mapping[str, Sequence[type[Event]]]
) -> Document:
    """The document of these services' topics and events."""
    every_event = [event for each in events.values() for event in each]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Lernverbund events",
            "version": "1",
            "description": "CloudEvents 1.0 over Kafka in binary mode. Change is additive.",
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            topic.name: _channel(owner, topic, every_event)
            for owner, owned in topics.items()
            for topic in owned
        },
        "operations": dict(_operations(topics)),
        "components": {
            "messages": {event.TYPE: _message(event) for event in every_event},
            "schemas": {"CloudEvent": _headers()},
        },
    }


def _channel(owner: str, topic: Topic, events: Sequence[type[Event]]) -> Document:
    return {
        "address": topic.name,
        "description": f"Written by {owner} alone; order is kept within a key.",
        "messages": {
            event.TYPE: {"$ref": f"#/components/messages/{event.TYPE}"}
            for event in events
            if topic.name == event.TOPIC
        },
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["compact" if topic.compacted else "delete"],
                    "retention.ms": topic.retention_hours * 3_600_000,
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations(topics: Mapping[str, Sequence[Topic]]) -> Iterator[tuple[str, Document]]:
    for service, owned in topics.items():
        for topic in owned:
            yield f"{service}-sends-{topic.name}", _operation("send", topic.name)
        for read in importlib.import_module(f"services.{service}.contracts.topics").READS:
            yield f"{service}-receives-{read}", _operation("receive", read)


def _operation(action: str, topic: str) -> Document:
    return {"action": action, "channel": {"$ref": f"#/channels/{topic}"}}


def _message(event: type[Event]) -> Document:
    return {
        "name": event.TYPE,
        "title": event.__name__,
        "summary": " ".join((event.__doc__ or "").split()),
        "contentType": CONTENT_TYPE,
        "headers": {"$ref": "#/components/schemas/CloudEvent"},
        "payload": event.model_json_schema(ref_template=_own_reference(event)),
        "correlationId": {"location": "$message.header#/ce_correlationid"},
    }


def _own_reference(event: type[Event]) -> str:
    return f"#/components/messages/{event.TYPE}/payload/$defs/{{model}}"


def attributes() -> tuple[Document, Document]:
    """The attributes of every event and those that some have, each with its JSON Schema."""

    def text(description: str, **more: str) -> Document:
        return {"type": "string", "description": description, **more}

    always = {
        "specversion": text("Always 1.0", const="1.0"),
        "id": text("Of this event; the same when it is delivered again", format="uuid"),
        "type": text("Which event, with its version"),
        "source": text("The service that published it"),
        "subject": text("The aggregate"),
        "time": text("When it was published", format="date-time"),
        "tenantid": text("The tenant that it belongs to", format="uuid"),
        "sequence": text("The aggregate's count of events, 20 digits", pattern="^[0-9]{20}$"),
        "correlationid": text("The same for everything that one request caused"),
    }
    sometimes = {
        "causationid": text("The event that this one answers", format="uuid"),
        "traceparent": text("W3C trace context"),
    }
    return always, sometimes


def _headers() -> Document:
    always, sometimes = (
        {f"ce_{name}": each for name, each in some.items()} for some in attributes()
    )
    always["content-type"] = {
        "type": "string",
        "description": "Of the data",
        "const": CONTENT_TYPE,
    }
    return {"type": "object", "required": sorted(always), "properties": {**always, **sometimes}}
