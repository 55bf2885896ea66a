"""The events that stand in no log: CloudEvents in the form of the others."""

from collections.abc import Mapping

import orjson

from services.feed.domain.errand import Errand
from shared.envelope import CONTENT_TYPE, SEQUENCE_DIGITS


def write_errand(errand: Errand, data: Mapping[str, str]) -> bytes:
    """The event that an errand sends."""
    time = errand.created_at.isoformat()
    name = str(errand.subscription_id)
    event = {
        "specversion": "1.0",
        "id": str(errand.errand_id),
        "source": "/feed",
        "type": errand.kind.event_type,
        "subject": name,
        "time": time,
        "datacontenttype": CONTENT_TYPE,
        "sequence": f"{1:0{SEQUENCE_DIGITS}d}",
        "tenantid": str(errand.tenant_id),
        "correlationid": str(errand.errand_id),
        "timestamp": time,
        "view": "own",
        "data": {"subscription_id": name, **data},
    }
    return orjson.dumps(event)
