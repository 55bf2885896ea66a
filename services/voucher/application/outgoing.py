"""From what happened in the domain to the public events that tell of it."""

from datetime import datetime
from uuid import UUID

from services.voucher.application.giving_outgoing import assignment_told
from services.voucher.contracts.events import (
    LedgerReconciledV1,
    LedgerSealedV1,
    ProgrammeClosedV1,
    ProgrammeNearlyUsedV1,
    ProgrammeOpenedV1,
    ProgrammeToppedUpV1,
    ProofOfUseSignedV1,
    StatementIssuedV1,
    VoucherExpiredV1,
    VoucherRedeemedV1,
    VoucherRefusedV1,
    VoucherReleasedV1,
    VoucherReservedV1,
    VoucherReversedV1,
)
from services.voucher.domain.chain import Chain
from services.voucher.domain.programme import Programme
from services.voucher.domain.proof import Proof
from services.voucher.domain.reconciliation import Reconciliation
from services.voucher.domain.statement import Statement
from services.voucher.domain.terms import Unit
from services.voucher.domain.voucher import Status, Voucher
from shared.envelope import Cause, Event, Outgoing


def programme_opened(programme: Programme, cause: Cause) -> Outgoing:
    """A programme has opened."""
    terms = programme.terms
    rule = terms.eligibility
    event = ProgrammeOpenedV1(
        programme_id=programme.programme_id,
        name=terms.name,
        vouchers=programme.total.granted if terms.unit is Unit.VOUCHER else 0,
        states=tuple(sorted(rule.states)),
        regions=tuple(sorted(rule.regions)),
        tenant_kinds=tuple(sorted(rule.tenant_kinds)),
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
        unit=terms.unit,
        budget=programme.total.granted,
        cap_cents=terms.cap_cents,
        tenants=tuple(sorted(rule.tenants)),
        roles=tuple(sorted(rule.roles)),
        offers=tuple(sorted(rule.offers)),
        offer_kinds=tuple(sorted(rule.offer_kinds)),
        competence_fields=tuple(sorted(rule.competence_fields)),
    )
    return _of_programme(programme, event, cause)


def programme_nearly_used(programme: Programme, percent: int, cause: Cause) -> Outgoing:
    """So many per cent of a programme are reserved or used."""
    event = ProgrammeNearlyUsedV1(
        programme_id=programme.programme_id,
        percent=percent,
        unit=programme.terms.unit,
        granted=programme.total.granted,
        reserved=programme.total.reserved,
        redeemed=programme.total.redeemed,
        available=programme.total.available,
    )
    return _of_programme(programme, event, cause)


def programme_topped_up(programme: Programme, units: int, cause: Cause) -> Outgoing:
    """A programme has got more units."""
    event = ProgrammeToppedUpV1(
        programme_id=programme.programme_id,
        unit=programme.terms.unit,
        units=units,
        granted=programme.total.granted,
    )
    return _of_programme(programme, event, cause)


def programme_closed(programme: Programme, cause: Cause) -> Outgoing:
    """A programme has ended."""
    assert programme.closed_at, "a closed programme has an end"
    event = ProgrammeClosedV1(
        programme_id=programme.programme_id,
        closed_at=programme.closed_at,
        unit=programme.terms.unit,
        granted=programme.total.granted,
        reserved=programme.total.reserved,
        redeemed=programme.total.redeemed,
        expired=programme.total.expired,
        returned=programme.total.returned,
    )
    return _of_programme(programme, event, cause)


def ledger_sealed(programme: Programme, chain: Chain, now: datetime, cause: Cause) -> Outgoing:
    """A programme's ledger was found whole up to this head."""
    event = LedgerSealedV1(
        programme_id=programme.programme_id,
        entries=chain.entries,
        head=chain.head.hex(),
        sealed_at=now,
    )
    return _of_programme(programme, event, cause)


def ledger_reconciled(programme: Programme, found: Reconciliation, cause: Cause) -> Outgoing:
    """A programme's ledger was compared with its pools and vouchers."""
    event = LedgerReconciledV1(
        programme_id=programme.programme_id,
        at=found.at,
        entries=found.chain.entries,
        ok=found.is_ok,
        violated=found.violated,
        wrong_entry=found.wrong_entry,
    )
    return _of_programme(programme, event, cause)


def proof_signed(proof: Proof, cause: Cause) -> Outgoing:
    """A proof of use has got its last signature."""
    signature = proof.signatures[-1]
    event = ProofOfUseSignedV1(
        proof_id=proof.proof_id,
        programme_id=proof.programme_id,
        kind=proof.kind,
        entries=proof.cutoff.entries,
        ledger_head=proof.cutoff.head.hex(),
        sha256=signature.sha256,
        role=signature.role,
        signed_at=signature.signed_at,
    )
    return Outgoing(event, proof.tenant_id, str(proof.proof_id), len(proof.signatures), cause)


def voucher_changed(voucher: Voucher, cause: Cause) -> Outgoing:
    """A voucher has got the status it has now."""
    return Outgoing(
        _event(voucher), voucher.tenant_id, str(voucher.voucher_id), voucher.version, cause
    )


def voucher_reversed(voucher: Voucher, units: int, cause: Cause) -> Outgoing:
    """So many units of a voucher's use were taken back."""
    assert voucher.funder_id, "a used voucher has a funder"
    assert voucher.redeemed_entry, "only a used voucher is reversed"
    event = VoucherReversedV1(
        voucher_id=voucher.voucher_id,
        booking_id=voucher.booking_id,
        person_id=voucher.person_id,
        programme_id=_programme_id(voucher),
        funder_id=voucher.funder_id,
        units=units,
        redeemed_units=voucher.redeemed_units,
        reversed_units=voucher.reversed_units,
        reverses=voucher.redeemed_entry,
    )
    return Outgoing(event, voucher.tenant_id, str(voucher.voucher_id), voucher.version, cause)


def _of_programme(programme: Programme, event: Event, cause: Cause) -> Outgoing:
    sequence = programme.next_sequence()
    return Outgoing(event, programme.tenant_id, str(programme.programme_id), sequence, cause)


def statement_issued(statement: Statement, cause: Cause) -> Outgoing:
    """A statement has been issued; nothing else ever happens to it."""
    event = StatementIssuedV1(
        statement_id=statement.statement_id,
        number=statement.number,
        side=statement.side,
        kind=statement.kind,
        programme_id=statement.programme_id,
        funder_id=statement.funder_id,
        period_first_day=statement.period.first,
        period_last_day=statement.period.last,
        issued_on=statement.issued_on,
        due_on=statement.due_on,
        cents=statement.cents,
        corrects=statement.corrects,
    )
    return Outgoing(event, statement.tenant_id, str(statement.statement_id), 1, cause)


def _event(voucher: Voucher) -> Event:
    if voucher.booking_id is None:
        return assignment_told(voucher)
    if voucher.status is Status.REFUSED:
        return _refused(voucher)
    if voucher.status is Status.RESERVED:
        return _reserved(voucher)
    if voucher.status is Status.REDEEMED:
        return _redeemed(voucher)
    events = {
        Status.RELEASED: VoucherReleasedV1,
        Status.EXPIRED: VoucherExpiredV1,
    }
    return events[voucher.status](
        voucher_id=voucher.voucher_id,
        booking_id=_booking_id(voucher),
        person_id=voucher.person_id,
        programme_id=_programme_id(voucher),
        funder_id=voucher.funder_id,
    )


def _reserved(voucher: Voucher) -> VoucherReservedV1:
    assert voucher.expires_at, "a reserved voucher has an end"
    return VoucherReservedV1(
        voucher_id=voucher.voucher_id,
        booking_id=_booking_id(voucher),
        person_id=voucher.person_id,
        programme_id=_programme_id(voucher),
        expires_at=voucher.expires_at,
        funder_id=voucher.funder_id,
    )


def _redeemed(voucher: Voucher) -> VoucherRedeemedV1:
    return VoucherRedeemedV1(
        voucher_id=voucher.voucher_id,
        booking_id=_booking_id(voucher),
        person_id=voucher.person_id,
        programme_id=_programme_id(voucher),
        funder_id=voucher.funder_id,
        units=voucher.redeemed_units,
        entry=voucher.redeemed_entry,
        is_late=voucher.is_late,
    )


def _refused(voucher: Voucher) -> VoucherRefusedV1:
    assert voucher.refusal, "a refused voucher has a reason"
    return VoucherRefusedV1(
        voucher_id=voucher.voucher_id,
        booking_id=_booking_id(voucher),
        person_id=voucher.person_id,
        programme_id=voucher.programme_id,
        reason=voucher.refusal.reason,
        explanation=voucher.refusal.explanation,
        funder_id=voucher.funder_id,
    )


def _booking_id(voucher: Voucher) -> UUID:
    assert voucher.booking_id, "only an assigned voucher has no booking"
    return voucher.booking_id


def _programme_id(voucher: Voucher) -> UUID:
    assert voucher.programme_id, "only a refused or withdrawn voucher has no programme"
    return voucher.programme_id
