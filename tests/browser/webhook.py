"""A member's webhook whose endpoint proves itself, and then takes no event."""

import asyncio
import json
from functools import partial
from typing import Final

from deploy.demo.client import Client
from deploy.local.ports import HOST
from tests.support.receivers import Received
from tests.support.waiting import until

WISH: Final = {"name": "Fachverfahren", "way": "webhook", "types": ["*"]}


async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
    """Give back the code that proves the endpoint; take nothing else."""
    code = json.loads(request.body)["data"].get("code")
    body = json.dumps({"code": code}).encode() if code else b"out of order"
    status = 200 if code else 500
    writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


async def subscribe(member: Client, port: int) -> str:
    """Have events sent to this port; returns the subscription's id."""
    made = await member.post("feed", "/v1/subscriptions", WISH, missing={"tenant_unknown"})
    path = f"/v1/subscriptions/{made['subscription_id']}"
    await member.put("feed", f"{path}/endpoint", {"url": f"http://{HOST}:{port}/hook"})
    await until(partial(member.get, "feed", path), lambda seen: seen["status"] == "active")
    return str(made["subscription_id"])


async def failed_delivery(operator: Client, subscription: str) -> str:
    """The event of one."""
    path = f"/v1/operations/subscriptions/{subscription}/deliveries"
    found = await until(partial(operator.get, "feed", path), bool)
    return str(found[0]["event_id"])
