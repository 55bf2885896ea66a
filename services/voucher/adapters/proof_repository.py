"""Financing plans and proofs of use on PostgreSQL; their funder alone sees them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import proof_tables as tables
from services.voucher.domain.financing_plan import FinancingPlan, Position
from services.voucher.domain.proof import Cutoff, File, Kind, Proof, Signature, Status
from shared.database.bulk import Row, insert, upsert


class ProofRepository:
    """Proofs with their files and signatures; files and signatures are only ever added."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def plan(self, programme_id: UUID) -> FinancingPlan:
        """The financing plan of a programme; empty when none was given."""
        table = tables.financing_plan
        query = select(table.c.positions).where(table.c.programme_id == programme_id)
        found = (await self._connection.execute(query)).scalar()
        return FinancingPlan(_positions(found or []))

    async def keep_plan(self, tenant_id: UUID, programme_id: UUID, plan: FinancingPlan) -> None:
        """Keep a financing plan in place of the one before."""
        row = {
            "tenant_id": tenant_id,
            "programme_id": programme_id,
            "positions": _position_rows(plan),
        }
        await upsert(self._connection, tables.financing_plan, [row])

    async def get(self, programme_id: UUID, proof_id: UUID, *, lock: bool = False) -> Proof | None:
        """A proof of a programme, kept from others until the end with `lock`."""
        table = tables.proof
        query = select(table).where(
            table.c.programme_id == programme_id, table.c.proof_id == proof_id
        )
        found = await self._proofs(query.with_for_update() if lock else query)
        return found[0] if found else None

    async def of_programme(self, programme_id: UUID, limit: int, offset: int) -> Sequence[Proof]:
        """The proofs of a programme, the newest first."""
        table = tables.proof
        query = select(table).where(table.c.programme_id == programme_id)
        query = query.order_by(table.c.requested_at.desc(), table.c.proof_id)
        return await self._proofs(query.limit(limit).offset(offset))

    async def pending(self, limit: int) -> Sequence[Proof]:
        """Proofs that are to be made, the one that waits longest first."""
        table = tables.proof
        query = select(table).where(table.c.status == Status.PENDING)
        return await self._proofs(query.order_by(table.c.requested_at).limit(limit))

    async def pdf(self, proof_id: UUID, language: str) -> bytes | None:
        """The PDF of a proof in a language."""
        table = tables.proof_pdf
        query = select(table.c.content).where(
            table.c.proof_id == proof_id, table.c.language == language
        )
        found: bytes | None = (await self._connection.execute(query)).scalar()
        return found

    async def save(self, proof: Proof, pdfs: Mapping[str, bytes] | None = None) -> None:
        """Keep a new or changed proof, with new signatures and PDFs by language."""
        key = {"tenant_id": proof.tenant_id, "proof_id": proof.proof_id}
        await upsert(self._connection, tables.proof, [_proof_row(proof)])
        files = [{**key, "language": each, "content": pdf} for each, pdf in (pdfs or {}).items()]
        await insert(self._connection, tables.proof_pdf, files)
        signatures = [{**key, **asdict(each)} for each in proof.signatures]
        await insert(self._connection, tables.proof_signature, signatures, or_ignore=True)

    async def _proofs(self, query: Select[Any]) -> Sequence[Proof]:
        rows = (await self._connection.execute(query)).mappings().all()
        signatures = await self._signatures([row["proof_id"] for row in rows])
        return [_proof(row, signatures.get(row["proof_id"], [])) for row in rows]

    async def _signatures(self, proof_ids: Collection[UUID]) -> Mapping[UUID, list[Signature]]:
        table = tables.proof_signature
        query = select(table).where(table.c.proof_id.in_(proof_ids)).order_by(table.c.signed_at)
        found: dict[UUID, list[Signature]] = {}
        for row in (await self._connection.execute(query)).mappings():
            signature = Signature(
                row["subject"], row["role"], row["sha256"], row["comment"], row["signed_at"]
            )
            found.setdefault(row["proof_id"], []).append(signature)
        return found


def _proof(row: RowMapping, signatures: list[Signature]) -> Proof:
    return Proof(
        tenant_id=row["tenant_id"],
        proof_id=row["proof_id"],
        programme_id=row["programme_id"],
        kind=Kind(row["kind"]),
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        cutoff=Cutoff(
            row["entries"], row["ledger_head"], row["evidence"], row["settled"], row["accounts"]
        ),
        plan=FinancingPlan(_positions(row["positions"])),
        status=Status(row["status"]),
        failure=row["failure"],
        head=orjson.loads(row["head"]),
        files={name: File(**file) for name, file in row["files"].items()},
        signatures=signatures,
        version=row["version"],
    )


def _proof_row(proof: Proof) -> Row:
    return {
        "tenant_id": proof.tenant_id,
        "proof_id": proof.proof_id,
        "programme_id": proof.programme_id,
        "kind": proof.kind,
        "status": proof.status,
        "requested_by": proof.requested_by,
        "requested_at": proof.requested_at,
        "entries": proof.cutoff.entries,
        "ledger_head": proof.cutoff.head,
        "evidence": proof.cutoff.evidence,
        "settled": proof.cutoff.settled,
        "accounts": dict(proof.cutoff.accounts),
        "positions": _position_rows(proof.plan),
        "failure": proof.failure,
        "head": orjson.dumps(proof.head).decode(),
        "files": {name: asdict(file) for name, file in proof.files.items()},
        "version": proof.version,
    }


def _positions(rows: Sequence[Mapping[str, Any]]) -> tuple[Position, ...]:
    return tuple(
        Position(
            row["number"],
            row["title"],
            row["planned"],
            frozenset(row["offer_kinds"]),
            frozenset(row["competence_fields"]),
        )
        for row in rows
    )


def _position_rows(plan: FinancingPlan) -> list[Row]:
    return [
        {
            "number": each.number,
            "title": each.title,
            "planned": each.planned,
            "offer_kinds": sorted(each.offer_kinds),
            "competence_fields": sorted(each.competence_fields),
        }
        for each in plan.positions
    ]
