"""One transaction of the member service."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters.queries import PostgresQueries
from services.member.adapters.repositories import (
    AreaRepository,
    PersonRepository,
    RecordRepository,
    TenantRepository,
)
from shared.database.unit_of_work import SqlUnitOfWork


class PostgresUnitOfWork(SqlUnitOfWork):
    """The repositories on one connection, with inbox and outbox."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self.tenants = TenantRepository(connection)
        self.people = PersonRepository(connection)
        self.records = RecordRepository(connection)
        self.areas = AreaRepository(connection)
        self.queries = PostgresQueries(connection)
