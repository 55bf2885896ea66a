"""PDFs that are kept for decades and read by everybody: PDF/A-3a and PDF/UA-1 in one file, set by typst.

The same input gives the same bytes: only typst's own fonts are used, and its clock is the document's.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import typst


def render(template: Path, data: Mapping[str, Any], at: datetime) -> bytes:
    """The PDF of a typst file, which reads `data` by `json(bytes(sys.inputs.data))`.

    `at` is when the document was made. It reads other files of its own folder only, and loads nothing. It takes
    milliseconds to seconds: call it in a thread. Raises typst.TypstError when the template is wrong, as where it
    would break one of the standards.
    """
    return typst.compile(
        template,
        root=template.parent,
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(at.timestamp()),
        sys_inputs={"data": orjson.dumps(data).decode()},
    )
