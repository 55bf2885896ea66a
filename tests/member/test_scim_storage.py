"""The rules that scim2-server has for every storage, on ours and PostgreSQL, as the service's own role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest
from scim2_models import (
    Resource,
    ResourceType,
    ResponseParameters,
    ScimProvider,
    SearchRequest,
    UniquenessException,
)
from scim2_server.storage import AsyncScimStorage, SearchPage
from scim2_server.testing import ENTERPRISE, SEARCH_USERS, AsyncScimStorageContract
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.domain.people_errors import UserNameTakenError
from services.member.entrypoints.scim_models import PROVIDER
from services.member.entrypoints.scim_storage import TenantStorage
from shared.database.unit_of_work import units_of_work
from tests.member.builders import active_tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.local.stack import Stack

KEPT = {"userName", "displayName", "name", "active", "emails", ENTERPRISE}


class EachByItself(AsyncScimStorage):
    """Every call in a transaction of its own, with connections of the loop that it runs in."""

    def __init__(self, url: str) -> None:
        engine = create_async_engine(
            url,
            poolclass=NullPool,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
        )
        self._units = units_of_work(engine, PostgresUnitOfWork, source="/member")
        self._tenant_id: UUID | None = None

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[TenantStorage]:
        tenant = active_tenant()
        tenant_id = self._tenant_id or tenant.tenant_id
        async with self._units([tenant_id]) as work:
            if self._tenant_id is None:
                await work.tenants.add(tenant)
                self._tenant_id = tenant_id
            try:
                yield TenantStorage(work, tenant_id)
            except UserNameTakenError as error:  # as the address answers it
                raise UniquenessException(detail=str(error)) from error

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        async with self._opened() as storage:
            return await storage.get(
                resource_type, resource_id, response_parameters=response_parameters
            )

    async def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        async with self._opened() as storage:
            return await storage.search(resource_types, search_request, position=position)

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        async with self._opened() as storage:
            return await storage.create(resource_type, resource)

    async def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        async with self._opened() as storage:
            return await storage.update(resource_type, resource, expected_version=expected_version)

    async def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        async with self._opened() as storage:
            await storage.delete(resource_type, resource_id, expected_version=expected_version)


class TestStorage(AsyncScimStorageContract):
    """Groups and users are searched apart: a unit is no person."""

    supports_root_search = False

    @pytest.fixture
    def provider(self) -> ScimProvider:
        return PROVIDER

    @pytest.fixture
    def async_storage(self, stack: "Stack", migrated: "Callable[[str], None]") -> AsyncScimStorage:
        migrated("member")
        return EachByItself(stack.service_environment("member")["DATABASE_URL"])

    def search_users(self) -> list[dict[str, Any]]:
        return [{key: each[key] for key in each.keys() & KEPT} for each in SEARCH_USERS]
