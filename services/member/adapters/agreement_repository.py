"""Cooperation agreements on PostgreSQL; row-level security shows them to their parties alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.dialects.postgresql import insert as insert_or_keep
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import agreement_tables as tables
from services.member.domain.agreement import (
    FINAL,
    Act,
    Agreement,
    Declaration,
    EndReason,
    Status,
)
from services.member.domain.agreement_terms import Part, Party, SharedOffer, Terms
from shared.database.bulk import Row, insert, upsert

_in_force = tables.agreement_terms.alias("in_force")
_proposed = tables.agreement_terms.alias("proposed")


class AgreementRepository:
    """Agreements: a row each, their revisions, and what their parties declared."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, agreement: Agreement) -> None:
        """Keep a new agreement."""
        await insert(self._connection, tables.agreement, [_agreement_row(agreement)])
        await self.add_revision(agreement, agreement.proposed_at)

    async def add_revision(self, agreement: Agreement, now: datetime) -> None:
        """Keep the text that waits to be signed."""
        row = {
            "tenant_id": agreement.tenant_id,
            "agreement_id": agreement.agreement_id,
            "revision": agreement.last_revision,
            "document": _document(agreement.proposal or agreement.terms),
            "proposed_at": now,
        }
        await insert(self._connection, tables.agreement_terms, [row])

    async def get(self, agreement_id: UUID) -> Agreement | None:
        """An agreement, if one acts for a party of it, or for the cooperative."""
        table = tables.agreement
        return await self._first(agreements().where(table.c.agreement_id == agreement_id))

    async def of_party(self, tenant_id: UUID) -> Sequence[Agreement]:
        """The agreements that are not over and that name a tenant as a party, proposed ones too."""
        table = tables.agreement
        query = agreements().where(
            table.c.party_ids.contains([str(tenant_id)]), table.c.status.not_in(FINAL)
        )
        rows = await self._connection.execute(query.order_by(table.c.agreement_id))
        return [agreement_of(row) for row in rows.mappings()]

    async def lock(self, agreement_id: UUID) -> Agreement | None:
        """An agreement that nobody else changes; for whoever acts for its proposer."""
        table = tables.agreement
        query = agreements().where(table.c.agreement_id == agreement_id)
        return await self._first(query.with_for_update(of=table))

    async def save(self, agreement: Agreement) -> None:
        """Keep what became of a locked agreement."""
        await upsert(self._connection, tables.agreement, [_agreement_row(agreement)])

    async def declarations(self, agreement_id: UUID) -> Sequence[Declaration]:
        """What its parties declared, in that order."""
        table = tables.agreement_declaration
        query = select(table).where(table.c.agreement_id == agreement_id)
        rows = await self._connection.execute(query.order_by(table.c.at, table.c.declaration_id))
        return [declaration_of(row) for row in rows.mappings()]

    async def declare(self, agreement: Agreement, declaration: Declaration) -> None:
        """Keep a party's word; a second decision about the same revision changes nothing."""
        values = {
            "tenant_id": declaration.tenant_id,
            "declaration_id": declaration.declaration_id,
            "proposer_id": agreement.tenant_id,
            "agreement_id": declaration.agreement_id,
            "act": declaration.act,
            "revision": declaration.revision,
            "subject": declaration.subject,
            "at": declaration.at,
            "offer_id": declaration.offer_id,
        }
        statement = insert_or_keep(tables.agreement_declaration).values(values)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def _first(self, query: Select[Any]) -> Agreement | None:
        row = (await self._connection.execute(query)).mappings().first()
        return agreement_of(row) if row else None


def agreements() -> Select[Any]:
    """Agreements with the text that is in force and the one that waits."""
    table = tables.agreement
    same = (table.c.tenant_id, table.c.agreement_id)
    joined = table.join(
        _in_force,
        (_in_force.c.tenant_id == same[0])
        & (_in_force.c.agreement_id == same[1])
        & (_in_force.c.revision == table.c.revision),
    ).outerjoin(
        _proposed,
        (_proposed.c.tenant_id == same[0])
        & (_proposed.c.agreement_id == same[1])
        & (_proposed.c.revision == table.c.proposal_revision),
    )
    terms = _in_force.c.document.label("terms"), _proposed.c.document.label("proposal")
    return select(table, *terms).select_from(joined)


def agreement_of(row: RowMapping) -> Agreement:
    """The agreement in a row of `agreements`."""
    return Agreement(
        tenant_id=row["tenant_id"],
        agreement_id=row["agreement_id"],
        terms=terms_of(row["terms"]),
        proposed_at=row["proposed_at"],
        status=Status(row["status"]),
        revision=row["revision"],
        proposal=terms_of(row["proposal"]) if row["proposal"] else None,
        last_revision=row["last_revision"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        end_reason=EndReason(row["end_reason"]) if row["end_reason"] else None,
        end_explanation=row["end_explanation"],
        shared=_offers_of(row["shared"]),
        left=frozenset(map(UUID, row["left_ids"])),
        heard=row["heard"],
        due_at=row["due_at"],
        version=row["version"],
    )


def _agreement_row(agreement: Agreement) -> Row:
    return {
        "tenant_id": agreement.tenant_id,
        "agreement_id": agreement.agreement_id,
        "party_ids": sorted(map(str, agreement.party_ids)),
        "status": agreement.status,
        "revision": agreement.revision,
        "proposal_revision": agreement.last_revision if agreement.proposal else None,
        "last_revision": agreement.last_revision,
        "proposed_at": agreement.proposed_at,
        "started_at": agreement.started_at,
        "ended_at": agreement.ended_at,
        "end_reason": agreement.end_reason,
        "end_explanation": agreement.end_explanation,
        "shared": _offer_documents(agreement.shared),
        "left_ids": sorted(map(str, agreement.left)),
        "heard": agreement.heard,
        "due_at": agreement.due_at,
        "version": agreement.version,
    }


def terms_of(document: dict[str, Any]) -> Terms:
    """The text in a document."""
    parties = (
        Party(UUID(each["tenant_id"]), each["name"], Part(each["part"]))
        for each in document["parties"]
    )
    ends_at = document["ends_at"]
    return Terms(
        purpose=document["purpose"],
        parties=tuple(parties),
        offers=_offers_of(document["offers"]),
        adds_later=document["adds_later"],
        starts_at=datetime.fromisoformat(document["starts_at"]),
        ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
        notice_days=document["notice_days"],
    )


def _document(terms: Terms) -> dict[str, Any]:
    return {
        "purpose": terms.purpose,
        "parties": [
            {"tenant_id": str(party.tenant_id), "name": party.name, "part": party.part}
            for party in terms.parties
        ],
        "offers": _offer_documents(terms.offers),
        "adds_later": terms.adds_later,
        "starts_at": terms.starts_at.isoformat(),
        "ends_at": terms.ends_at.isoformat() if terms.ends_at else None,
        "notice_days": terms.notice_days,
    }


def _offers_of(documents: Sequence[dict[str, str]]) -> frozenset[SharedOffer]:
    return frozenset(
        SharedOffer(UUID(each["provider_id"]), UUID(each["offer_id"])) for each in documents
    )


def _offer_documents(offers: frozenset[SharedOffer]) -> list[dict[str, str]]:
    pairs = sorted((str(each.provider_id), str(each.offer_id)) for each in offers)
    return [{"provider_id": provider_id, "offer_id": offer_id} for provider_id, offer_id in pairs]


def declaration_of(row: RowMapping) -> Declaration:
    """The declaration in a row."""
    return Declaration(
        tenant_id=row["tenant_id"],
        declaration_id=row["declaration_id"],
        agreement_id=row["agreement_id"],
        act=Act(row["act"]),
        revision=row["revision"],
        subject=row["subject"],
        at=row["at"],
        offer_id=row["offer_id"],
    )
