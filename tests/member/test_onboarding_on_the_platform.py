"""A municipality comes and goes on the real Keycloak and Kafka."""

import asyncio
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from kafka.protocol.admin import DescribeClientQuotasRequest
from keycloak import KeycloakGetError
from sqlalchemy import text

from deploy.names import SERVICES
from deploy.topics import NO_QUOTA, TENANT_ACCESS, TENANT_QUOTA
from services.member.adapters.kafka_access import KafkaAccess, user_of
from services.member.application.outside import BrokerError, IdentityProviderError, Login
from services.member.bootstrap import connect_broker, connect_keycloak, connect_linker
from services.member.domain.identity_link import LoginProtocol
from services.member.domain.onboarding import Direction, State, Step
from services.member.domain.tenant import Status, Tenant
from shared.clock import utc_now
from tests.member.builders import tenant
from tests.member.platform import (
    Postgres,
    active,
    approve,
    broker_admin,
    consuming,
    leave,
    member_settings,
    process_of,
    status_of,
    worker_of,
)
from tests.member.test_keycloak import claims
from tests.support.processes import Process, running
from tests.support.waiting import until

if TYPE_CHECKING:
    from deploy.local.stack import Stack

OPENING, CLOSING = Direction.OPENING, Direction.CLOSING
#: What becomes known of a tenant on its way in, in this order and once.
TOLD = ["tenant.limited.v1", "tenant.activated.v1"]


async def test_from_approval_to_active_and_out_again(
    platform: "Stack", postgres_units: Postgres
) -> None:
    settings = platform.service_environment("member")
    subject = (await claims(settings, "speyer"))["sub"]
    one = await approve(postgres_units, applicant=subject)
    other = await approve(postgres_units, applicant=(await claims(settings, "worms"))["sub"])
    async with (
        worker_of(member_settings(platform)) as (worker, _foundation),
        connect_broker(member_settings(platform)) as broker,
        broker_admin(platform) as admin,
    ):
        await worker.run_once()
        process = await process_of(postgres_units, one.tenant_id, OPENING)
        assert await status_of(postgres_units, one.tenant_id) is Status.ACTIVE, process
        assert {step for step, each in process.steps.items() if each.state is not State.DONE} == {
            Step.ISSUER
        }
        named = (await claims(settings, "speyer"))["organization"]
        assert [each["tenant_id"] for each in named.values()] == [[str(one.tenant_id)]]

        topics = [user_of(each.tenant_id) for each in (one, other)]
        new = {topic: {"num_partitions": 1, "replication_factor": 1} for topic in topics}
        await asyncio.to_thread(admin.create_topics, new)
        await broker.set_password(one.tenant_id, "first-password")
        await broker.set_password(one.tenant_id, "second-password")
        with pytest.raises(KafkaConnectionError):
            async with consuming(platform, topics[0], "first-password", topics[0]):
                pass
        with pytest.raises(TopicAuthorizationFailedError):
            async with consuming(platform, topics[0], "second-password", topics[1]) as consumer:
                await consumer.getmany(timeout_ms=5_000)
        with pytest.raises(GroupAuthorizationFailedError):
            group = f"{topics[1]}-theirs"
            async with consuming(
                platform, topics[0], "second-password", topics[0], group
            ) as consumer:
                await consumer.getmany(timeout_ms=5_000)

        async with consuming(platform, topics[0], "second-password", topics[0]) as consumer:
            await consumer.getmany(timeout_ms=100)
            await leave(postgres_units, one.tenant_id)
            await worker.run_once()
            with pytest.raises((TopicAuthorizationFailedError, GroupAuthorizationFailedError)):
                async with asyncio.timeout(30):
                    while True:
                        await consumer.getmany(timeout_ms=200)
        closing = await process_of(postgres_units, one.tenant_id, CLOSING)
        assert closing.is_complete, closing
        with pytest.raises(KafkaConnectionError):
            async with consuming(platform, topics[0], "second-password", topics[0]):
                pass
        # The other tenant has kept what it had.
        await broker.set_password(other.tenant_id, "theirs")
        async with consuming(platform, topics[1], "theirs", topics[1]) as consumer:
            await consumer.getmany(timeout_ms=100)

        # The export period is over.
        async with postgres_units([one.tenant_id]) as work:
            for progress in closing.steps.values():
                progress.due_at = progress.due_at and utc_now()
            await work.processes.save(closing)
        await worker.run_once()
        assert (await process_of(postgres_units, one.tenant_id, CLOSING)).is_over
        assert topics[0] not in await asyncio.to_thread(admin.list_topics)
        assert "organization" not in await claims(settings, "speyer")


async def test_what_is_undone_twice_is_undone(platform: "Stack") -> None:
    tenant_id = uuid4()
    async with connect_broker(member_settings(platform)) as broker:
        await asyncio.gather(*(broker.allow(each) for each in (tenant_id, uuid4(), tenant_id)))
        for _ in range(2):
            await broker.allow(tenant_id)
            await broker.withdraw(tenant_id)
            await broker.remove_user(tenant_id)
            await broker.delete_topic(tenant_id)


async def test_a_user_that_is_removed_stays_without_a_way_in(platform: "Stack") -> None:
    """Kafka 4.3.1 may lose every user at its next start once one was deleted."""
    tenant_id = uuid4()
    user = user_of(tenant_id)
    async with connect_broker(member_settings(platform)) as broker, broker_admin(platform) as admin:
        await broker.set_password(tenant_id, "once-handed-out")
        await broker.remove_user(tenant_id)
        known = await asyncio.to_thread(admin.describe_user_scram_credentials, [user])
        assert known[user]["credential_infos"]
        with pytest.raises(KafkaConnectionError):
            async with consuming(platform, user, "once-handed-out", user):
                pass


async def test_the_account_may_do_no_more_than_it_needs(platform: "Stack") -> None:
    settings = member_settings(platform)
    password = settings.kafka_access_password.get_secret_value()
    with pytest.raises(TopicAuthorizationFailedError):
        async with consuming(
            platform, settings.kafka_access_username, password, "member-people"
        ) as consumer:
            await consumer.getmany(timeout_ms=5_000)


async def test_whoever_is_no_service_has_a_quota(platform: "Stack") -> None:
    """One for all tenants' users, so none has to be set for a new one."""
    component = DescribeClientQuotasRequest.ComponentData(
        entity_type="user", match_type=2, match=None
    )
    request = DescribeClientQuotasRequest(components=[component], strict=False)
    async with broker_admin(platform) as admin:
        answer = await asyncio.to_thread(admin._manager.run, admin._manager.send, request)
    assert not answer.error_code, answer.error_message
    quotas = {
        entry.entity[0].entity_name: {each.key: each.value for each in entry.values}
        for entry in answer.entries
    }
    assert quotas[None] == TENANT_QUOTA
    assert {"admin", TENANT_ACCESS, *SERVICES} == quotas.keys() - {None}
    assert all(quotas[user] == NO_QUOTA for user in quotas if user)


async def test_a_broker_that_lets_nobody_in_is_told(platform: "Stack") -> None:
    wrong = member_settings(platform, kafka_access_password="wrong")
    async with connect_broker(wrong) as broker:
        assert isinstance(broker, KafkaAccess)
        with pytest.raises(BrokerError) as error:
            await broker.allow(uuid4())
        assert "wrong" not in str(error.value)


async def test_keycloak_away_is_waited_for_and_said(
    platform: "Stack", postgres_units: Postgres
) -> None:
    settings = platform.service_environment("member")
    subject = (await claims(settings, "trier"))["sub"]
    made = await approve(postgres_units, applicant=subject)
    away = member_settings(platform, keycloak_url="http://127.0.0.1:1")
    async with worker_of(away) as (worker, _foundation):
        await worker.run_once()
    waiting = await process_of(postgres_units, made.tenant_id, OPENING)
    step = waiting.steps[Step.ORGANIZATION]
    assert (step.state, step.attempts) == (State.FAILED, 1)
    assert step.error == "unreachable: Keycloak does not answer."
    assert waiting.steps[Step.KAFKA_RIGHTS].state is State.DONE
    assert await status_of(postgres_units, made.tenant_id) is Status.APPROVED
    async with postgres_units([made.tenant_id]) as work:
        for progress in waiting.steps.values():
            progress.due_at = progress.due_at and utc_now()
        await work.processes.save(waiting)
    async with worker_of(member_settings(platform)) as (worker, _foundation):
        await worker.run_once()
    assert await status_of(postgres_units, made.tenant_id) is Status.ACTIVE


async def test_who_has_no_account_gets_a_letter(
    platform: "Stack", postgres_units: Postgres
) -> None:
    address = f"bildung-{uuid4().hex[:8]}@example.org"
    made = await approve(postgres_units, applicant="", contact_email=address)
    async with worker_of(member_settings(platform)) as (worker, foundation):
        await worker.run_once()
        process = await process_of(postgres_units, made.tenant_id, OPENING)
        assert process.steps[Step.INVITATION].state is State.DONE, process
        connect = connect_keycloak(member_settings(platform))
        async with postgres_units([made.tenant_id]) as work, connect as keycloak:
            kept = await work.tenants.get(made.tenant_id)
            assert kept
            assert kept.organization_id
            # The same account again, however often it is asked for; and nobody else's.
            assert await keycloak.create_account(address) == kept.applicant
            members = await keycloak.admin.a_get_organization_members(kept.organization_id)
            assert [each["id"] for each in members] == [kept.applicant]
            with pytest.raises(IdentityProviderError) as error:
                await keycloak.create_account(await _unproved_account(platform))
            assert error.value.code == "account_unproved"
        assert foundation.service == "member"
    [letter] = [each for each in platform.mail.letters() if each["To"] == address]
    assert letter["From"].endswith("<lernverbund@example.org>")
    texts = [part.get_payload(decode=True) for part in letter.walk() if not part.is_multipart()]
    assert any(b"/login-actions/action-token?key=" in bytes(text) for text in texts)


async def _unproved_account(platform: "Stack") -> str:
    """Somebody who took an address that was never proved. Returns the address."""
    address = f"stranger-{uuid4().hex[:8]}@example.org"
    async with connect_keycloak(member_settings(platform)) as keycloak:
        await keycloak.admin.a_create_user(
            {"username": address, "email": address, "enabled": True, "emailVerified": False}
        )
    return address


async def test_an_own_identity_provider_is_linked_for_its_organization_only(
    platform: "Stack", postgres_units: Postgres
) -> None:
    settings = member_settings(platform)
    made = tenant()
    issuer = f"https://login.{made.tenant_id.hex}.example.org"
    config = {"issuer": issuer, "clientId": "lernverbund", "clientSecret": "x"}
    config |= {"authorizationUrl": f"{issuer}/a", "tokenUrl": f"{issuer}/t"}
    login = Login(LoginProtocol.OIDC, issuer, config)
    domain = f"{made.tenant_id.hex}.example.org"
    async with connect_keycloak(settings) as keycloak, connect_linker(settings) as linker:
        made.organization_id = await keycloak.create_organization(made)
        for _ in range(2):
            await linker.link(made, login, [domain])
        linked = await keycloak.admin.a_get_organization_idps(made.organization_id)
        [alias] = [each["alias"] for each in linked]
        provider = await keycloak.admin.a_get_idp(alias)
        assert provider["hideOnLogin"]
        assert provider["config"]["kc.org.domain"] == domain
        organization = await keycloak.admin.a_get_organization(made.organization_id)
        assert domain in {each["name"] for each in organization["domains"]}
        assert linker.return_address(made.tenant_id).endswith(f"/broker/{alias}/endpoint")
        for _ in range(2):
            await linker.unlink(made)
        with pytest.raises(KeycloakGetError):
            await keycloak.admin.a_get_idp(alias)
        for _ in range(2):
            await keycloak.delete_organization(made)


async def test_killed_workers_are_taken_over_from_where_they_were(
    platform: "Stack", postgres_units: Postgres
) -> None:
    """Killed after so many steps, in the middle; then two at once take many, and nothing is there twice."""
    subjects = [
        (await claims(platform.service_environment("member"), name))["sub"]
        for name in ("bergstrasse", "stuttgart", "gast")
    ]
    first = Process(platform, "member", ONBOARDING_LEASE_SECONDS="1")
    port = platform.ports["catalogue_worker"]  # nobody uses it here
    second = Process(platform, "member", port=port, ONBOARDING_LEASE_SECONDS="1")
    with running(first, second):
        await second.ready()
        second.kill()
        for steps_done, subject in zip((1, 3, 5), subjects, strict=True):
            await first.ready()
            made = await approve(postgres_units, applicant=subject)
            await until(
                partial(_done, postgres_units, made.tenant_id),
                lambda done, enough=steps_done: len(done) >= enough,  # type: ignore[misc]
            )
            first.kill()
            before = await _done(postgres_units, made.tenant_id)
            first.start()
            await active(postgres_units, made.tenant_id)
            after = await _done(postgres_units, made.tenant_id)
            assert before.items() <= after.items()
            assert await _told(postgres_units, made.tenant_id) == TOLD
            await _assert_one_of_each(platform, made)
        second.start()
        await first.ready()
        await second.ready()
        many = [await approve(postgres_units, applicant="") for _ in range(6)]
        for each in many:
            await active(postgres_units, each.tenant_id)
            assert await _told(postgres_units, each.tenant_id) == TOLD
            async with postgres_units([each.tenant_id]) as work:
                made = await work.tenants.get(each.tenant_id) or made
            await _assert_one_of_each(platform, made)


async def _done(units: Postgres, tenant_id: UUID) -> dict[Step, tuple[int, datetime | None]]:
    """The steps that are done, each with its attempts and when it was."""
    process = await process_of(units, tenant_id, OPENING)
    return {
        step: (progress.attempts, progress.done_at)
        for step, progress in process.steps.items()
        if progress.state is State.DONE
    }


async def _told(units: Postgres, tenant_id: UUID) -> list[str]:
    async with units([tenant_id]) as work:
        rows = await work.connection.execute(
            text("SELECT type FROM outbox_event WHERE tenant_id = :id ORDER BY id"),
            {"id": tenant_id},
        )
        return [str(each) for each in rows.scalars().all()]


async def _assert_one_of_each(platform: "Stack", made: Tenant) -> None:
    """Nothing was made twice, and the probe has left nothing behind."""
    async with connect_keycloak(member_settings(platform)) as keycloak:
        query = {"q": f"tenant_id:{made.tenant_id}"}
        [organization] = await keycloak.admin.a_get_organizations(query)
        members = await keycloak.admin.a_get_organization_members(organization["id"])
        assert [each["id"] for each in members] == [made.applicant]
