"""The copy of whose account is whose: the newest counts, and nothing is kept of who is erased."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import text

from services.member.contracts.events import PersonErasedV1, PersonLinkedV1
from services.voucher.domain.terms import Step
from services.voucher.entrypoints.consumer import when_person_erased, when_person_linked
from shared.clock import utc_now
from shared.envelope import Cause, Envelope, Event, Outgoing, Received
from tests.voucher.office import Office

E = TypeVar("E", bound=Event)


def _told(event: E, tenant_id: UUID, person_id: UUID, sequence: int) -> Received[E]:
    outgoing = Outgoing(event, tenant_id, str(person_id), sequence, Cause("story"))
    return Received(Envelope.seal(outgoing, source="/member", time=utc_now()), event)


async def test_who_is_erased_has_no_account_and_no_words_left(office: Office) -> None:
    made = await office.programme(1, approval=(Step.HR,))
    person_id, other_id = [await office.employ(office.city, "learner") for _ in range(2)]
    people = f"{office.city} one", f"{office.city} other"
    requests = []
    async with office.opened([office.city]) as work:
        linked = [
            _told(PersonLinkedV1(person_id=each, account=account), office.city, each, 3)
            for each, account in zip((person_id, other_id), people, strict=True)
        ]
        await when_person_linked(work, linked)
    for account in people:
        body = {"programme_id": str(made.programme_id), "purpose": "Wegen der Kur"}
        path, key = "/voucher-requests", {"Idempotency-Key": account.replace(" ", "-")}
        asked = await office.call(
            office.city, "learner", "POST", path, body, account=account, headers=key
        )
        requests.append(f"{path}/{asked.json()['request_id']}")
        refusal = {"reason": "Wegen des Geldes"}
        await office.call(office.city, "hr", "POST", f"{requests[-1]}/refusal", refusal)
    async with office.opened([office.city]) as work:
        erased = _told(PersonErasedV1(person_id=person_id), office.city, person_id, 5)
        await when_person_erased(work, [erased])
        await when_person_linked(work, linked[:1])  # late
        assert await work.accounts.person_of(office.city, people[0]) is None
        assert await work.accounts.person_of(office.city, people[1]) == other_id
        kept = (
            await work.connection.execute(text("SELECT answer::text FROM idempotency_key"))
        ).all()
    assert kept
    assert "Kur" not in str(kept)
    words = []
    for path in requests:
        seen = (await office.call(office.city, "hr", "GET", path)).json()
        words.append((seen["purpose"], seen["status"], seen["decisions"][0]["reason"]))
    assert words == [("", "refused", ""), ("Wegen der Kur", "refused", "Wegen des Geldes")]
