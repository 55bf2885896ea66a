"""Target profiles, mandatory trainings, the rules for learning data and the log of its readers."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import learning_tables as tables
from services.member.domain.competence import CompetenceModel, TargetProfile
from services.member.domain.learning_rules import LearningRules, WorksAgreement
from services.member.domain.mandatory_training import MandatoryTraining
from services.member.domain.reading import Reading
from shared.database.bulk import insert, upsert


class CompetenceRepository:
    """The copy of the catalogue's competences: ids, and whether they are for everybody."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def learn(self, models: Sequence[tuple[CompetenceModel, int]]) -> None:
        """Keep models with the sequence number of their event; older ones change nothing."""
        rows = [
            {
                "tenant_id": model.tenant_id,
                "competence_id": competence_id,
                "model_id": model.model_id,
                "is_shared": model.is_shared,
                "version": sequence,
            }
            for model, sequence in models
            for competence_id in model.competence_ids
        ]
        await upsert(self._connection, tables.competence, rows, newer_by="version", or_as_new=True)

    async def known(self, competence_ids: Collection[UUID]) -> frozenset[UUID]:
        """Those that the tenant may name."""
        column = tables.competence.c.competence_id
        query = select(column).where(column == func.any(list(competence_ids)))
        return frozenset((await self._connection.execute(query)).scalars())


class TargetProfileRepository:
    """Target profiles, a row a version."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def latest(self, job_family_id: UUID) -> TargetProfile | None:
        """The version that holds."""
        table = tables.target_profile
        query = select(table).where(table.c.job_family_id == job_family_id)
        rows = await self._connection.execute(query.order_by(table.c.version.desc()).limit(1))
        row = rows.mappings().first()
        return target_profile_of(row) if row else None

    async def add(self, profile: TargetProfile) -> None:
        """Keep a new version."""
        wanted = {str(each): str(level) for each, level in profile.requirements.items()}
        row = {
            "tenant_id": profile.tenant_id,
            "job_family_id": profile.job_family_id,
            "version": profile.version,
            "requirements": wanted,
            "set_at": profile.set_at,
            "set_by": profile.set_by,
        }
        await insert(self._connection, tables.target_profile, [row])


class MandatoryTrainingRepository:
    """Mandatory trainings, a row each."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, training_id: UUID) -> MandatoryTraining | None:
        """A training, dropped or not."""
        table = tables.mandatory_training
        rows = await self._connection.execute(
            select(table).where(table.c.training_id == training_id)
        )
        row = rows.mappings().first()
        return MandatoryTraining(**row) if row else None

    async def save(self, training: MandatoryTraining) -> None:
        """Keep a new or changed training."""
        await upsert(self._connection, tables.mandatory_training, [asdict(training)])


class RulesRepository:
    """What tenants agreed about learning data."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant_id: UUID) -> LearningRules:
        """The tenant's rules; the usual ones where it has none."""
        table = tables.learning_rules
        rows = await self._connection.execute(select(table).where(table.c.tenant_id == tenant_id))
        row = rows.mappings().first()
        if row is None:
            return LearningRules(tenant_id)
        agreed_on = row["leader_agreed_on"]
        agreement = WorksAgreement(row["leader_agreement"], agreed_on) if agreed_on else None
        return LearningRules(tenant_id, agreement, row["keep_days"])

    async def save(self, rules: LearningRules, now: datetime) -> None:
        """Keep the tenant's rules."""
        agreement = rules.leader_agreement
        row = {
            "tenant_id": rules.tenant_id,
            "leader_agreement": agreement.reference if agreement else None,
            "leader_agreed_on": agreement.agreed_on if agreement else None,
            "keep_days": rules.keep_days,
            "changed_at": now,
        }
        await upsert(self._connection, tables.learning_rules, [row])


class ReadingLogRepository:
    """The log of who read personal learning data; the database refuses to change an entry."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, readings: Sequence[Reading]) -> None:
        """Note what is read in this transaction."""
        rows = [{**asdict(each), "reader_roles": sorted(each.reader_roles)} for each in readings]
        await insert(self._connection, tables.reading, rows)


def target_profile_of(row: RowMapping) -> TargetProfile:
    """The target profile in a row."""
    wanted = {UUID(each): Decimal(level) for each, level in row["requirements"].items()}
    return TargetProfile(
        tenant_id=row["tenant_id"],
        job_family_id=row["job_family_id"],
        version=row["version"],
        requirements=wanted,
        set_at=row["set_at"],
        set_by=row["set_by"],
    )
