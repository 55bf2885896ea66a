"""Follow the feed by asking for it: `python -m clients.python.by_pull once` or `follow`.

`once` reads everything there is and ends, for a job that runs every night. `follow` then listens to the
stream and sees each event at once. Both go on from where the last run was.
"""

import json
import sys
import time

import httpx

from .platform import Platform, open_store
from .store import Store

RETRY_SECONDS = 2.0
CURSOR_LOST = (httpx.codes.CONFLICT, httpx.codes.GONE)
BUSY = httpx.codes.TOO_MANY_REQUESTS


def read_pages(platform: Platform, store: Store) -> None:
    """Read the log page by page, to its end."""
    more = True
    while more:
        after = {"after": store.cursor} if store.cursor else {}
        page = platform.get("/events", limit=500, **after)
        store.take(page["events"], page["cursor"])
        more = page["more"]


def listen(platform: Platform, store: Store) -> None:
    """Take events as they come, until the platform closes the stream (after an hour at most)."""
    last = {"Last-Event-ID": store.cursor} if store.cursor else {}
    cursor = data = ""
    with platform.lines("/stream", **last) as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name == "id":
                cursor = value.strip()
            elif name == "data":
                data = value.strip()
            elif not line and data:
                store.take([json.loads(data)], cursor)
                data = ""


def main(how: str) -> None:
    """Read, and go on reading if asked to, whatever happens to the connection."""
    platform = Platform()
    store = open_store(platform)
    while True:
        try:
            read_pages(platform, store)
            if how == "once":
                return
            listen(platform, store)
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            if status in CURSOR_LOST:
                platform.fill(store)
            elif how == "follow" and (error.response.is_server_error or status == BUSY):
                time.sleep(RETRY_SECONDS)
            else:
                sys.exit(error.response.text)
        except httpx.TransportError:
            if how == "once":
                raise
            time.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1])
