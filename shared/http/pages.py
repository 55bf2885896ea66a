"""How lists are read in pages."""

from typing import Annotated

from fastapi import Query

MAX_PAGE = 500

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many at most")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over")]
