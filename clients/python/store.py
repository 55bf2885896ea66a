"""What a subscriber keeps: the newest that it was told of each thing, and how far it has read."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any

#: A CloudEvent in JSON, as the feed gives it.
CloudEvent = dict[str, Any]

ERASED = "person.erased.v1"


class Store:
    """Two files in a folder: `state.json`, and `received.ndjson`, which has every delivery, doubles included.

    Order, doubles and restarts need no more than this: each thing keeps its newest `sequence`. What has a
    greater one is merged over what is known; anything else is a double, or late, and fills in only what is
    missing. So an event may come as often as it likes. Of an erased person nothing is kept but the id.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file, self._received = folder / "state.json", folder / "received.ndjson"
        self._lock = Lock()
        state = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.cursor: str | None = state.get("cursor")
        self.things: dict[str, dict[str, Any]] = state.get("things", {})

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever kept here."""
        return not self._file.exists()

    def take(self, events: Iterable[CloudEvent], cursor: str | None = None) -> None:
        """Keep what events say; when this returns it is on the disk, and may be acknowledged."""
        with self._lock:
            with self._received.open("a") as received:
                for event in events:
                    received.write(json.dumps(event) + "\n")
                    self._apply(event)
            self.cursor = cursor or self.cursor
            self._save()

    def start_from(self, snapshot: Iterable[dict[str, Any]]) -> None:
        """Replace everything by a snapshot, whose last line has the cursor from which changes follow."""
        with self._lock:
            self.things = {}
            for line in snapshot:
                if "cursor" in line:
                    self.cursor = line["cursor"]
                    self._save()
                    return
                self._apply(line)
        raise EOFError("the snapshot broke off: take it again")

    def _apply(self, event: CloudEvent) -> None:
        name = f"{event['source']} {event['subject']}"
        known = self.things.get(name, {"sequence": 0, "data": {}})
        sequence = int(event["sequence"])
        if event["type"] == ERASED:
            self._forget(event["data"]["person_id"])
            known["data"] = {}
        if sequence > known["sequence"]:
            data = {**known["data"], **event["data"]}
            self.things[name] = {"type": event["type"], "sequence": sequence, "data": data}
        else:
            known["data"] = {**event["data"], **known["data"]}

    def _forget(self, person_id: str) -> None:
        for thing in self.things.values():
            if thing["data"].get("person_id") == person_id:
                thing["data"].pop("person", None)

    def _save(self) -> None:
        new = self._file.with_suffix(".new")
        with new.open("w") as out:
            json.dump({"cursor": self.cursor, "things": self.things}, out)
            out.flush()
            os.fsync(out.fileno())
        new.replace(self._file)
