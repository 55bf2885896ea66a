"""The factual part of a proof of use (Sachbericht): who took part in what, in figures, and nobody who could be told apart."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.ledger import Account
from services.voucher.domain.receipts import Line, Use
from services.voucher.domain.suppression import Block, Group, blocks_of, is_shown


@dataclass(frozen=True, slots=True)
class Row:
    """A group with its figures; None is hidden, because it or what would tell of it is under five."""

    key: str
    name: str
    participations: int | None
    certificates: int | None


@dataclass(frozen=True, slots=True)
class FactualPart:
    """Participations that were paid for, and certificates that came of them. The sums over all are never hidden."""

    participations: int
    certificates: int
    states: Sequence[Row]
    regions: Sequence[Row]
    tenants: Sequence[Row]
    competence_fields: Sequence[Row]


@dataclass(slots=True)
class Attendance:
    """Counts while a ledger is read. What was reversed in full was not paid for, and is counted out again."""

    participations: Counter[UUID] = field(default_factory=Counter)
    certificates: Counter[UUID] = field(default_factory=Counter)
    in_field: Counter[str] = field(default_factory=Counter)
    certified_in_field: Counter[str] = field(default_factory=Counter)
    _reversed: Counter[UUID] = field(default_factory=Counter)

    def add(self, line: Line) -> None:
        """Take a line into account."""
        transfer, use = line.transfer, line.use
        if use is None or transfer.voucher_id is None:
            return
        if transfer.credit == Account.REDEEMED:
            self._count(use, 1)
        elif transfer.debit == Account.REDEEMED:
            self._reversed[transfer.voucher_id] += transfer.units
            if self._reversed[transfer.voucher_id] >= use.units:
                del self._reversed[transfer.voucher_id]
                self._count(use, -1)

    def report(self, tenants: Mapping[UUID, Beneficiary]) -> FactualPart:
        """The figures by state, region, tenant and competence field, small groups hidden."""
        known = {key: tenants[key] for key in self.participations if key in tenants}
        names = {str(key): tenant.name for key, tenant in known.items()}
        states, regions = _areas(known.values())
        table = _Table(
            {str(key): count for key, count in self.participations.items()},
            {str(key): count for key, count in self.certificates.items()},
            {str(key): _sums(tenant) for key, tenant in known.items()},
        )
        fields = _Table(self.in_field, self.certified_in_field, {})
        by_name = sorted(self.participations, key=lambda key: (names.get(str(key), ""), str(key)))
        return FactualPart(
            participations=self.participations.total(),
            certificates=self.certificates.total(),
            states=[table.row(key, key, members) for key, members in sorted(states.items())],
            regions=[table.row(key, key, members) for key, members in sorted(regions.items())],
            tenants=[table.row(str(k), names.get(str(k), str(k)), {str(k)}) for k in by_name],
            competence_fields=[fields.row(key, key, {key}) for key in sorted(self.in_field)],
        )

    def _count(self, use: Use, step: int) -> None:
        certified = step if use.credential_id else 0
        self.participations[use.tenant_id] += step
        self.certificates[use.tenant_id] += certified
        for each in use.competence_fields:
            self.in_field[each] += step
            self.certified_in_field[each] += certified


class _Table:
    """Both figures of all groups; each figure is hidden by its own rule, and no certificate shown without its group."""

    def __init__(
        self,
        participations: Mapping[str, int],
        certificates: Mapping[str, int],
        sums: Mapping[str, frozenset[str]],
    ) -> None:
        self._participations, self._certificates = participations, certificates
        self._blocks = _blocks(participations, sums)
        self._certified = _blocks(certificates, sums)

    def row(self, key: str, name: str, members: Collection[str]) -> Row:
        """The group of these members."""
        shown = is_shown(members, self._blocks)
        certified = shown and is_shown(members, self._certified)
        return Row(
            key,
            name,
            sum(self._participations.get(each, 0) for each in members) if shown else None,
            sum(self._certificates.get(each, 0) for each in members) if certified else None,
        )


def _blocks(counts: Mapping[str, int], sums: Mapping[str, frozenset[str]]) -> Sequence[Block]:
    return blocks_of(Group(key, count, sums.get(key, frozenset())) for key, count in counts.items())


def _sums(tenant: Beneficiary) -> frozenset[str]:
    return frozenset({f"state {tenant.state}", *(f"region {each}" for each in tenant.regions)})


def _areas(tenants: Iterable[Beneficiary]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    states: dict[str, set[str]] = {}
    regions: dict[str, set[str]] = {}
    for tenant in tenants:
        states.setdefault(tenant.state, set()).add(str(tenant.tenant_id))
        for region in tenant.regions:
            regions.setdefault(region, set()).add(str(tenant.tenant_id))
    return states, regions
