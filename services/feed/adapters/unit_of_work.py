"""One transaction of the feed service."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.adapters.delivery_repository import DeliveryRepository
from services.feed.adapters.endpoint_repository import EndpointRepository, ErrandRepository
from services.feed.adapters.epochs import EpochGuard
from services.feed.adapters.log import LogRepository
from services.feed.adapters.name_repository import NameRepository
from services.feed.adapters.quota_repository import QuotaRepository
from services.feed.adapters.reading_repository import ReadingRepository
from services.feed.adapters.repositories import SubscriptionRepository, TenantRepository
from services.feed.adapters.shared_repository import SharedRepository
from services.feed.adapters.state_repository import StateRepository
from shared.database.unit_of_work import SqlUnitOfWork


class PostgresUnitOfWork(SqlUnitOfWork):
    """The repositories on one connection, with inbox and outbox."""

    def __init__(self, connection: AsyncConnection, *, guard: EpochGuard) -> None:
        super().__init__(connection)
        self.tenants = TenantRepository(connection)
        self.log = LogRepository(connection, guard)
        self.subscriptions = SubscriptionRepository(connection)
        self.quotas = QuotaRepository(connection)
        self.names = NameRepository(connection)
        self.readings = ReadingRepository(connection)
        self.states = StateRepository(connection)
        self.endpoints = EndpointRepository(connection)
        self.deliveries = DeliveryRepository(connection)
        self.errands = ErrandRepository(connection)
        self.shared = SharedRepository(connection)
