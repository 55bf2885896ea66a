"""One transaction of the catalogue service."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.catalogue.adapters.agreement_repository import AgreementRepository
from services.catalogue.adapters.queries import PostgresQueries
from services.catalogue.adapters.repositories import (
    BookingRepository,
    CompetenceModelRepository,
    OfferRepository,
    PersonRepository,
    SeatsRepository,
    TenantRepository,
)
from shared.database.unit_of_work import SqlUnitOfWork


class PostgresUnitOfWork(SqlUnitOfWork):
    """The repositories on one connection, with inbox and outbox."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self.competence_models = CompetenceModelRepository(connection)
        self.offers = OfferRepository(connection)
        self.seats = SeatsRepository(connection)
        self.bookings = BookingRepository(connection)
        self.tenants = TenantRepository(connection)
        self.people = PersonRepository(connection)
        self.agreements = AgreementRepository(connection)
        self.queries = PostgresQueries(connection)
