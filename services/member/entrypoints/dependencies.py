"""What the addresses of this service are given by FastAPI, beside who calls."""

from typing import Annotated

from fastapi import Depends

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.unit_of_work import UnitsOfWork
from shared.processes.api import units

Units = Annotated[UnitsOfWork[PostgresUnitOfWork], Depends(units)]
