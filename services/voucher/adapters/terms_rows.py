"""A programme's terms to and from the columns of its row."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping

from services.voucher.domain.eligibility import Eligibility
from services.voucher.domain.limits import Limits
from services.voucher.domain.terms import Distribution, Step, Terms, Unit
from shared.database.bulk import Row

_KEYS = ("states", "regions", "tenant_kinds", "roles", "offer_kinds", "competence_fields")
_IDS = ("tenants", "offers")


def terms_of(row: RowMapping) -> Terms:
    """The terms in a row of the table of programmes."""
    return Terms(
        name=row["name"],
        reference=row["reference"],
        eligibility=_eligibility(row["eligibility"]),
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        reservation=timedelta(seconds=row["reservation_seconds"]),
        limits=Limits(
            row["vouchers_per_person"], row["vouchers_per_tenant"], row["vouchers_per_month"]
        ),
        legal_basis=row["legal_basis"],
        unit=Unit(row["unit"]),
        budget=row["budget"],
        cap_cents=row["cap_cents"],
        distribution=Distribution(row["distribution"]),
        approval=tuple(map(Step, row["approval"])),
        assignment=timedelta(seconds=row["assignment_seconds"]),
    )


def terms_columns(terms: Terms) -> Row:
    """The columns of the terms."""
    return {
        "name": terms.name,
        "reference": terms.reference,
        "eligibility": _document(terms.eligibility),
        "opens_at": terms.opens_at,
        "closes_at": terms.closes_at,
        "reservation_seconds": int(terms.reservation.total_seconds()),
        "vouchers_per_person": terms.limits.per_person,
        "vouchers_per_tenant": terms.limits.per_tenant,
        "vouchers_per_month": terms.limits.per_month,
        "legal_basis": terms.legal_basis,
        "unit": terms.unit,
        "budget": terms.budget,
        "cap_cents": terms.cap_cents,
        "distribution": terms.distribution,
        "approval": list(terms.approval),
        "assignment_seconds": int(terms.assignment.total_seconds()),
    }


def _eligibility(document: Mapping[str, Sequence[str]]) -> Eligibility:
    # A programme of an earlier release names no condition that came later.
    keys = {name: frozenset(document.get(name, ())) for name in _KEYS}
    ids = {name: frozenset(map(UUID, document.get(name, ()))) for name in _IDS}
    return Eligibility(
        states=keys["states"],
        regions=keys["regions"],
        tenants=ids["tenants"],
        tenant_kinds=keys["tenant_kinds"],
        roles=keys["roles"],
        offers=ids["offers"],
        offer_kinds=keys["offer_kinds"],
        competence_fields=keys["competence_fields"],
    )


def _document(rule: Eligibility) -> Mapping[str, Sequence[str]]:
    return {name: sorted(map(str, getattr(rule, name))) for name in (*_KEYS, *_IDS)}
