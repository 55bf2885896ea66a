"""Events as they leave: CloudEvents 1.0 in JSON, structured mode.

Source of the names: CloudEvents 1.0.2 and its JSON format; `sequence` is its documented extension,
`timestamp` is what Standard Webhooks wants in a body; the others are this platform's own.
"""

from datetime import UTC

import orjson

from services.feed.application.ports import Entry
from services.feed.domain.view import View
from shared.envelope import CONTENT_TYPE, SEQUENCE_DIGITS


def structured(entry: Entry) -> bytes:
    """The whole event, as every reader gets it."""
    envelope = entry.envelope
    time = envelope.time.astimezone(UTC)
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.aggregate,
        "time": time,
        "datacontenttype": CONTENT_TYPE,
        "sequence": f"{envelope.sequence:0{SEQUENCE_DIGITS}d}",
        "tenantid": str(entry.tenant_id),
        "timestamp": time,
        "view": entry.view,
        "data": entry.data,
    }
    # A voucher is told of in the story of its booking, which is none of the funder's business.
    if entry.view is not View.FUNDER:
        event["correlationid"] = envelope.cause.correlation_id
        if envelope.cause.causation_id:
            event["causationid"] = envelope.cause.causation_id
    return orjson.dumps(event)
