"""Events to credentials through the real consumer on PostgreSQL."""

from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from itertools import permutations
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.contracts.events import AchievementV1, ParticipationCompletedV1
from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.application.queries import AwardProgress
from services.certificate.bootstrap import _foundation
from services.certificate.domain.award import AwardState, Waiting
from services.certificate.domain.brand import Brand
from services.certificate.entrypoints.consumer import create_consumer
from services.certificate.entrypoints.schedule import create_schedule
from services.certificate.settings import CertificateSettings
from services.member.contracts.events import (
    PersonDescribedV1,
    TenantActivatedV1,
    TenantBrandedV1,
    TenantDeletedV1,
)
from shared.database.unit_of_work import UnitsOfWork
from shared.envelope import Cause, Envelope, Event, Outgoing
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.certificate.builders import BRAND, LOGO
from tests.certificate.samples import NOW

Units = UnitsOfWork[PostgresUnitOfWork]


@pytest.fixture
async def foundation(
    settings: CertificateSettings,
) -> AsyncIterator[Foundation[PostgresUnitOfWork]]:
    made = _foundation(settings)
    async with made.running():
        yield made


@pytest.fixture
def consumer(foundation: Foundation[PostgresUnitOfWork]) -> BatchConsumer[PostgresUnitOfWork]:
    return create_consumer(foundation)


class Story:
    """One person of one tenant who completes one booking."""

    def __init__(self) -> None:
        self.tenant_id, self.person_id, self.booking_id = uuid4(), uuid4(), uuid4()

    def activated(self) -> Any:
        event = TenantActivatedV1(
            name="Stadt Mannheim", kind="city", official_key=None, state="DE-BW", regions=()
        )
        return self.record(event, self.tenant_id, 1)

    def branded(self, sequence: int, **changes: str | None) -> Any:
        fields: dict[str, str | None] = {
            "display_name": "Mannheim²",
            "primary_colour": "#1a5fb4",
            "text_colour": "#ffffff",
            "logo": b64encode(LOGO.content).decode(),
            "logo_type": LOGO.media_type,
        }
        event = TenantBrandedV1.model_validate(fields | changes)
        return self.record(event, self.tenant_id, sequence)

    def deleted(self, sequence: int) -> Any:
        return self.record(TenantDeletedV1(), self.tenant_id, sequence)

    def described(self, sequence: int = 1, **changes: str) -> Any:
        fields = {"given_name": "Aylin", "family_name": "Öztürk", "email": "aylin@example.org"}
        event = PersonDescribedV1(person_id=self.person_id, **(fields | changes))
        return self.record(event, self.person_id, sequence)

    def erased(self, sequence: int = 2) -> Any:
        record = self.described(sequence)
        record.value = None
        return record

    def completed(self, **changes: Any) -> Any:
        fields = {
            "name": "Datenschutz",
            "description": "Grundlagen",
            "criteria": "Teilnahme",
            "competences": ("Recht",),
            "duration_minutes": 45,
        }
        event = ParticipationCompletedV1(
            booking_id=self.booking_id,
            person_id=self.person_id,
            offer_id=uuid4(),
            provider_id=uuid4(),
            provider_name="VHS",
            completed_at=NOW,
            achievement=AchievementV1(**(fields | changes)),
        )
        return self.record(event, self.booking_id, 4)

    def record(self, event: Event, aggregate: UUID, sequence: int) -> Any:
        cause = Cause(str(self.booking_id))
        outgoing = Outgoing(event, self.tenant_id, str(aggregate), sequence, cause)
        envelope = Envelope.seal(outgoing, source="/test", time=NOW)
        return SimpleNamespace(
            topic=event.TOPIC,
            partition=0,
            offset=uuid4().int % 2**60,
            key=envelope.key.encode(),
            headers=[(name, value.encode()) for name, value in envelope.headers().items()],
            value=envelope.data,
        )


async def progress(units: Units, story: Story) -> Sequence[AwardProgress]:
    async with units([story.tenant_id]) as work:
        return await work.queries.awards(None, 100, 0)


async def told(engine: AsyncEngine, story: Story) -> list[str]:
    query = text("SELECT type FROM outbox_event WHERE tenant_id = :tenant_id ORDER BY id")
    async with engine.connect() as connection:
        rows = await connection.execute(query, {"tenant_id": story.tenant_id})
        return list(rows.scalars())


async def parked(engine: AsyncEngine, record: Any) -> str | None:
    query = text('SELECT error FROM parked WHERE topic = :topic AND "offset" = :offset')
    async with engine.connect() as connection:
        found = await connection.execute(query, {"topic": record.topic, "offset": record.offset})
        error: str | None = found.scalar_one_or_none()
        return error


@pytest.mark.parametrize("order", permutations(range(3)))
@pytest.mark.parametrize("together", [True, False])
async def test_any_order_and_any_repetition_issue_one_credential(
    consumer: BatchConsumer[PostgresUnitOfWork],
    units: Units,
    engine: AsyncEngine,
    order: tuple[int, ...],
    together: bool,
) -> None:
    story = Story()
    records = [story.activated(), story.described(), story.completed(), story.completed()]
    ordered = [*(records[position] for position in order), *records]
    for batch in [ordered] if together else [[record] for record in ordered]:
        await consumer.process(batch)
    (only,) = await progress(units, story)
    assert only.award.state is AwardState.ISSUED
    assert sorted(await told(engine, story)) == ["credential.issued.v1", "issuer.created.v1"]


async def test_a_tombstone_erases_and_older_news_does_not_bring_back(
    consumer: BatchConsumer[PostgresUnitOfWork], units: Units, engine: AsyncEngine
) -> None:
    story = Story()
    await consumer.process([story.activated(), story.described()])
    erased = story.erased()
    await consumer.process([erased])
    await consumer.process([story.described(sequence=1)])
    await consumer.process([story.completed()])
    (only,) = await progress(units, story)
    assert only.waiting_for == {Waiting.RECIPIENT}
    assert await parked(engine, erased) is None
    async with units([story.tenant_id]) as work:
        kept = await work.connection.execute(text("SELECT name, email FROM person"))
        assert [tuple(row) for row in kept] == [(None, None)]


async def test_the_newest_name_is_kept_whatever_comes_late(
    consumer: BatchConsumer[PostgresUnitOfWork], units: Units
) -> None:
    story = Story()
    await consumer.process([story.described(3, family_name="Neu"), story.described(1)])
    await consumer.process([story.erased(2)])
    async with units([story.tenant_id]) as work:
        kept = await work.connection.execute(text("SELECT name FROM person"))
        assert kept.scalar_one().endswith(" Neu")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": ""}, "CertificateError achievement_invalid"),
        ({"description": "a\x00b"}, "DBAPIError"),
        ({"duration_minutes": 10**40}, "InvalidOperation"),
    ],
)
async def test_a_bad_completion_is_buried_and_the_others_go_on(
    consumer: BatchConsumer[PostgresUnitOfWork],
    units: Units,
    engine: AsyncEngine,
    change: dict[str, Any],
    error: str,
) -> None:
    story, bad = Story(), Story()
    record = bad.completed(**change)
    await consumer.process([story.activated(), record, story.described(), story.completed()])
    (only,) = await progress(units, story)
    assert only.award.state is AwardState.ISSUED
    assert await progress(units, bad) == []
    assert (await parked(engine, record) or "").startswith(error)


async def test_what_has_no_description_is_described_by_its_name(
    consumer: BatchConsumer[PostgresUnitOfWork], units: Units
) -> None:
    story = Story()
    completed = story.completed(description="")
    await consumer.process([story.activated(), story.described(), completed])
    (only,) = await progress(units, story)
    assert only.award.state is AwardState.ISSUED
    assert only.award.achievement.description == "Datenschutz"


async def test_no_personal_data_in_the_reason_for_parking(
    consumer: BatchConsumer[PostgresUnitOfWork], engine: AsyncEngine
) -> None:
    record = Story().described(email="no address")
    await consumer.process([record])
    assert await parked(engine, record) == "CertificateError recipient_invalid"


async def test_the_schedule_issues_what_two_events_missed(
    foundation: Foundation[PostgresUnitOfWork],
    consumer: BatchConsumer[PostgresUnitOfWork],
    units: Units,
) -> None:
    story = Story()
    await consumer.process([story.activated(), story.completed()])
    async with units([story.tenant_id]) as work:
        learn = text(
            "INSERT INTO person (tenant_id, person_id, name, email, version) "
            "VALUES (:tenant_id, :person_id, 'A', 'a@example.org', 1)"
        )
        names = {"tenant_id": story.tenant_id, "person_id": story.person_id}
        await work.connection.execute(learn, names)
    for job in create_schedule(foundation):
        await job.run()
    (only,) = await progress(units, story)
    assert only.award.state is AwardState.ISSUED


async def brand_of(units: Units, story: Story) -> Brand | None:
    async with units([story.tenant_id]) as work:
        return await work.brands.get(story.tenant_id)


@pytest.mark.parametrize("order", permutations(range(3)))
@pytest.mark.parametrize("together", [True, False])
async def test_the_newest_brand_is_kept_whatever_comes_late_or_twice(
    consumer: BatchConsumer[PostgresUnitOfWork],
    units: Units,
    order: tuple[int, ...],
    together: bool,
) -> None:
    story = Story()
    records = [story.activated(), story.branded(2, display_name="Alt"), story.branded(5)]
    ordered = [*(records[position] for position in order), *records]
    for batch in [ordered] if together else [[record] for record in ordered]:
        await consumer.process(batch)
    assert await brand_of(units, story) == BRAND


async def test_a_deleted_tenant_s_brand_is_forgotten_and_late_news_does_not_bring_it_back(
    consumer: BatchConsumer[PostgresUnitOfWork], units: Units
) -> None:
    story = Story()
    records = [story.branded(2), story.deleted(7), story.branded(3)]
    for record in records:
        await consumer.process([record])
    await consumer.rebuild(records)
    assert await brand_of(units, story) is None
    async with units([story.tenant_id]) as work:
        kept = await work.connection.execute(
            text("SELECT display_name, primary_colour, text_colour, logo FROM tenant_brand")
        )
        assert [tuple(row) for row in kept] == [(None, None, None, None)]


async def test_a_replay_brings_the_brands_that_were_chosen_before_anybody_listened(
    consumer: BatchConsumer[PostgresUnitOfWork], units: Units
) -> None:
    story = Story()
    assert await consumer.rebuild([story.activated(), story.branded(2)]) == 1
    assert await brand_of(units, story) == BRAND


async def test_a_picture_of_an_unknown_kind_is_not_shown_and_a_broken_one_not_kept(
    consumer: BatchConsumer[PostgresUnitOfWork], units: Units, engine: AsyncEngine
) -> None:
    story, bad = Story(), Story()
    broken = bad.branded(2, logo="no base64!")
    await consumer.process([story.branded(2, logo_type="image/webp"), broken])
    assert await brand_of(units, story) == Brand(BRAND.display_name, BRAND.chosen)
    assert await brand_of(units, bad) is None
    assert await parked(engine, broken)
