"""Events as they stand in a tenant's topic: CloudEvents 1.0 in Kafka's binary mode, keyed by the aggregate."""

import orjson

from services.feed.domain.subscription import Selection
from shared.messaging.records import encode_headers, encode_prefix


def encode_record(content: bytes, selection: Selection) -> bytes:
    """A structured CloudEvent as the content of a Kafka record, with what a subscription shows of its data."""
    attributes = orjson.loads(content)
    data = orjson.dumps(selection.shown(attributes["type"], attributes.pop("data")))
    headers = {"content-type": attributes.pop("datacontenttype")}
    headers |= {f"ce_{name}": value for name, value in attributes.items()}
    return encode_prefix(attributes["subject"], data) + data + encode_headers(headers)
