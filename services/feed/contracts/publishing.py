"""Where the documents of the public contracts are kept, and under which address."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "public"
#: What documents are kept with instead of the feed's address, which each deployment has its own of. It
#: never resolves (RFC 2606), so that nobody takes a kept document for a published one.
BASE: Final = "https://feed.invalid"
