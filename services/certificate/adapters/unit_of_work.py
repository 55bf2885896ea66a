"""One transaction of the certificate service."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.certificate.adapters.brand_repository import BrandRepository
from services.certificate.adapters.queries import PostgresQueries
from services.certificate.adapters.repositories import (
    AwardRepository,
    CredentialRepository,
    IssuerRepository,
    PersonRepository,
    StatusListRepository,
)
from services.certificate.adapters.tenant_signer import TenantSigner
from services.certificate.domain.addresses import Addresses
from shared.database.unit_of_work import SqlUnitOfWork


class PostgresUnitOfWork(SqlUnitOfWork):
    """The repositories on one connection, with inbox, outbox and the process's signer."""

    def __init__(
        self, connection: AsyncConnection, *, signer: TenantSigner, addresses: Addresses
    ) -> None:
        super().__init__(connection)
        self.issuers = IssuerRepository(connection, addresses)
        self.brands = BrandRepository(connection)
        self.people = PersonRepository(connection)
        self.awards = AwardRepository(connection)
        self.credentials = CredentialRepository(connection)
        self.status_lists = StatusListRepository(connection)
        self.queries = PostgresQueries(connection)
        self.signer = signer
        self.addresses = addresses
