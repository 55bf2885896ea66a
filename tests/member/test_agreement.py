"""The rules of cooperation agreements."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.application.outgoing import agreement_changed
from services.member.contracts.events import AgreementChangedV1, AgreementEndedV1
from services.member.domain.agreement import Act, Agreement, Change, Declaration, EndReason, Status
from services.member.domain.agreement_errors import (
    AgreementDecidedError,
    AgreementNotRunningError,
    InvalidAgreementError,
    NothingToAddError,
    NotItsProposerError,
    RevisionNotOpenError,
)
from services.member.domain.agreement_terms import Part, Party, SharedOffer
from shared.envelope import Cause
from tests.member.agreements import (
    AGENCY,
    CITY,
    LECTURE,
    PARTNER,
    UNIVERSITY,
    proposed,
    signatures,
    terms,
    word,
)
from tests.member.builders import NOW

DAY = timedelta(days=1)


def running() -> tuple[Agreement, list[Declaration]]:
    agreement = proposed()
    declarations = list(signatures(agreement))
    assert agreement.settle(declarations, NOW + DAY) is Change.STARTED
    return agreement, declarations


def test_it_runs_once_all_have_signed_and_its_period_has_begun():
    agreement = proposed()
    assert agreement.settle(signatures(agreement, PARTNER), NOW + DAY) is None
    assert agreement.status is Status.PROPOSED
    signed = signatures(agreement)
    assert agreement.settle(signed, NOW) is None
    assert (agreement.status, agreement.due_at) == (Status.AGREED, NOW + DAY)
    assert agreement.settle(signed, NOW + DAY) is Change.STARTED
    assert agreement.shared == {LECTURE}
    assert agreement.settle(signed, NOW + DAY) is None
    assert (agreement.version, agreement.due_at) == (1, NOW + 366 * DAY)


def test_one_who_refuses_ends_it_for_all():
    agreement = proposed()
    no = word(agreement, AGENCY, Act.REFUSES)
    assert agreement.settle([*signatures(agreement, AGENCY), no], NOW) is None
    assert agreement.status is Status.REFUSED
    with pytest.raises(RevisionNotOpenError):
        agreement.check(word(agreement, PARTNER, Act.SIGNS), [no])
    with pytest.raises(AgreementDecidedError):
        agreement.propose_change(CITY, terms(), NOW)


def test_the_word_of_an_outsider_counts_nothing():
    agreement = proposed()
    no = word(agreement, uuid4(), Act.REFUSES)
    agreement.settle([*signatures(agreement), no], NOW + DAY)
    assert agreement.status is Status.RUNNING


def test_a_change_needs_all_signatures_anew_and_until_then_nothing_changes():
    agreement, declarations = running()
    newcomer = Party(uuid4(), "Universität", Part.PARTY)
    kept = tuple(each for each in agreement.terms.parties if each.tenant_id != PARTNER)
    new = terms(parties=(*kept, newcomer))
    with pytest.raises(NotItsProposerError):
        agreement.propose_change(AGENCY, new, NOW + DAY)
    with pytest.raises(InvalidAgreementError, match="starts_at"):
        agreement.propose_change(CITY, terms(starts_at=NOW + 9 * DAY), NOW + DAY)
    agreement.propose_change(CITY, new, NOW + DAY)
    assert agreement.settle(declarations, NOW + DAY) is None
    assert PARTNER in agreement.terms.party_ids
    assert {PARTNER, newcomer.tenant_id} <= agreement.party_ids
    without_partner = [*declarations, *signatures(agreement, PARTNER)]
    assert agreement.settle(without_partner, NOW + DAY) is None
    everybody = [*without_partner, word(agreement, PARTNER, Act.SIGNS)]
    assert agreement.settle(everybody, NOW + DAY) is Change.CHANGED
    assert agreement.terms == new
    assert PARTNER not in agreement.party_ids
    assert agreement.revision == 2


def test_a_refused_change_leaves_what_is_in_force():
    agreement, declarations = running()
    before = agreement.terms
    agreement.propose_change(CITY, terms(purpose="Anders"), NOW + DAY)
    no = word(agreement, AGENCY, Act.REFUSES)
    assert agreement.settle([*declarations, no], NOW + DAY) is None
    assert (agreement.status, agreement.terms, agreement.proposal) == (
        Status.RUNNING,
        before,
        None,
    )
    agreement.propose_change(CITY, terms(purpose="Noch anders"), NOW + DAY)
    assert agreement.last_revision == 3
    with pytest.raises(RevisionNotOpenError):
        agreement.check(word(agreement, AGENCY, Act.SIGNS, revision=2), [no])


def test_a_proposal_that_nobody_signed_is_replaced():
    agreement = proposed()
    old = signatures(agreement)
    agreement.propose_change(CITY, terms(purpose="Besser"), NOW)
    assert agreement.terms.purpose == "Besser"
    assert agreement.settle(old, NOW + DAY) is None
    assert agreement.status is Status.PROPOSED


def test_what_a_party_adds_later_is_shared_until_withdrawn():
    agreement, declarations = running()
    mine = uuid4()
    adds = word(agreement, AGENCY, Act.SHARES, offer_id=mine, at=NOW + DAY)
    assert agreement.check(adds, declarations)
    declarations.append(adds)
    assert agreement.settle(declarations, NOW + DAY) is Change.CHANGED
    assert agreement.shared == {LECTURE, SharedOffer(AGENCY, mine)}
    assert not agreement.check(replace(adds, declaration_id=uuid4()), declarations)
    takes = word(agreement, AGENCY, Act.WITHDRAWS, offer_id=mine, at=NOW + 2 * DAY)
    assert agreement.check(takes, declarations)
    declarations.append(takes)
    assert agreement.settle(declarations, NOW + 2 * DAY) is Change.CHANGED
    assert agreement.shared == {LECTURE}
    assert agreement.check(replace(adds, at=NOW + 3 * DAY), declarations)
    closed = proposed(adds_later=False)
    closed.settle(signatures(closed), NOW + DAY)
    with pytest.raises(NothingToAddError):
        closed.check(word(closed, AGENCY, Act.SHARES, offer_id=mine), [])


def test_notice_ends_it_after_its_days_and_only_once_it_is_in_force():
    with pytest.raises(AgreementNotRunningError):
        waiting = proposed()
        waiting.check(word(waiting, AGENCY, Act.GIVES_NOTICE), [])
    agreement, declarations = running()
    notice = word(agreement, AGENCY, Act.GIVES_NOTICE, at=NOW + 10 * DAY)
    assert agreement.check(notice, declarations)
    declarations.append(notice)
    assert not agreement.check(replace(notice, at=NOW + 11 * DAY), declarations)
    assert agreement.settle(declarations, NOW + 10 * DAY) is None
    assert agreement.due_at == NOW + 100 * DAY
    assert agreement.settle(declarations, NOW + 100 * DAY) is Change.ENDED
    assert (agreement.end_reason, agreement.shared) == (EndReason.NOTICE_GIVEN, frozenset())
    assert agreement.settle(declarations, NOW + 101 * DAY) is None


def left(agreement: Agreement, *names: UUID) -> list[Declaration]:
    return [word(agreement, each, Act.LEAVES, revision=0, subject="member") for each in names]


def test_when_a_party_leaves_the_others_go_on_without_what_it_shared():
    agreement, declarations = running()
    mine = uuid4()
    declarations.append(word(agreement, AGENCY, Act.SHARES, offer_id=mine, at=NOW + DAY))
    agreement.settle(declarations, NOW + DAY)
    assert agreement.shared == {LECTURE, SharedOffer(AGENCY, mine)}
    declarations += left(agreement, AGENCY)
    assert agreement.settle(declarations, NOW + 2 * DAY) is Change.CHANGED
    assert agreement.status is Status.RUNNING
    assert agreement.shared == {LECTURE}
    assert {each.tenant_id for each in agreement.parties} == {CITY, UNIVERSITY, PARTNER}
    assert AGENCY not in agreement.party_ids
    assert AGENCY in agreement.terms.party_ids, "the text stays as it was signed"
    assert agreement.settle(declarations, NOW + 3 * DAY) is None
    declarations += left(agreement, UNIVERSITY)
    assert agreement.settle(declarations, NOW + 4 * DAY) is Change.CHANGED
    assert agreement.shared == frozenset(), "nothing is shared now, and something may be later"


def test_who_is_released_hears_of_it_a_last_time():
    agreement, declarations = running()
    declarations += left(agreement, AGENCY)
    change = agreement.settle(declarations, NOW + 2 * DAY)
    [changed] = agreement_changed(agreement, change, Cause("1"))
    assert isinstance(changed.event, AgreementChangedV1)
    assert [each.tenant_id for each in changed.event.former_parties] == [AGENCY]
    assert AGENCY not in {each.tenant_id for each in changed.event.parties}
    declarations += left(agreement, CITY)
    change = agreement.settle(declarations, NOW + 3 * DAY)
    [ended] = agreement_changed(agreement, change, Cause("1"))
    assert isinstance(ended.event, AgreementEndedV1)
    assert {each.tenant_id for each in ended.event.parties} == {CITY, UNIVERSITY, PARTNER}


def test_who_shares_nothing_leaves_and_the_others_hear_of_it():
    agreement, declarations = running()
    declarations += left(agreement, PARTNER)
    assert agreement.settle(declarations, NOW + 2 * DAY) is Change.CHANGED
    assert agreement.shared == {LECTURE}


@pytest.mark.parametrize(
    ("gone", "changes"),
    [
        ([AGENCY, UNIVERSITY, PARTNER], {}),  # the city is alone
        ([CITY], {}),  # nobody is its host
        ([UNIVERSITY], {"adds_later": False}),  # nothing is left to share
    ],
)
def test_it_ends_when_those_who_stay_could_not_have_agreed_to_it(gone, changes):
    agreement = proposed(**changes)
    declarations = [*signatures(agreement)]
    agreement.settle(declarations, NOW + DAY)
    declarations += left(agreement, *gone)
    assert agreement.settle(declarations, NOW + 2 * DAY) is Change.ENDED
    assert (agreement.end_reason, agreement.shared) == (EndReason.PARTY_LEFT, frozenset())
    assert agreement.due_at is None


def test_with_two_parties_it_ends_for_both_also_before_its_beginning():
    pair = (Party(CITY, "Stadt", Part.HOST), Party(UNIVERSITY, "Hochschule", Part.PARTY))
    agreement = proposed(parties=pair)
    signed = [*signatures(agreement)]
    agreement.settle(signed, NOW)
    assert agreement.status is Status.AGREED
    assert agreement.settle([*signed, *left(agreement, UNIVERSITY)], NOW) is None
    assert (agreement.status, agreement.end_reason) == (Status.ENDED, EndReason.PARTY_LEFT)


def test_what_waits_for_the_word_of_who_left_can_come_about_no_more():
    agreement = proposed()
    some = signatures(agreement, PARTNER)
    assert agreement.settle([*some, *left(agreement, AGENCY)], NOW) is None
    assert agreement.status is Status.REFUSED
    agreement, declarations = running()
    agreement.propose_change(CITY, terms(purpose="Anders"), NOW + DAY)
    declarations += left(agreement, AGENCY)
    assert agreement.settle(declarations, NOW + DAY) is Change.CHANGED
    assert agreement.proposal is None
    with pytest.raises(InvalidAgreementError, match="left the cooperative"):
        agreement.propose_change(CITY, terms(purpose="Anders"), NOW + DAY)


def test_a_change_without_who_left_needs_the_word_of_the_others_only():
    agreement, declarations = running()
    stay = tuple(each for each in agreement.terms.parties if each.tenant_id != AGENCY)
    agreement.propose_change(CITY, terms(parties=stay), NOW + DAY)
    declarations += signatures(agreement, AGENCY)
    assert agreement.settle(declarations, NOW + DAY) is None
    assert agreement.settle([*declarations, *left(agreement, AGENCY)], NOW + DAY) is Change.CHANGED
    assert (agreement.proposal, agreement.revision) == (None, 2)


def test_when_its_proposer_leaves_the_others_keep_the_text_and_their_right_to_give_notice():
    parties = tuple(
        replace(each, part=Part.HOST) if each.tenant_id == AGENCY else each
        for each in terms().parties
    )
    agreement = proposed(parties=parties)
    declarations = [*signatures(agreement)]
    agreement.settle(declarations, NOW + DAY)
    declarations += left(agreement, CITY)
    assert agreement.settle(declarations, NOW + 2 * DAY) is Change.CHANGED
    with pytest.raises(NotItsProposerError, match="Propose a new one"):
        agreement.propose_change(AGENCY, terms(), NOW + 2 * DAY)
    assert agreement.check(word(agreement, AGENCY, Act.GIVES_NOTICE), declarations)


def test_the_cooperative_ends_it_at_once_and_its_first_reason_stays():
    agreement, _ = running()
    assert agreement.end_by_cooperative("Verstoß", NOW + DAY) is Change.ENDED
    assert agreement.end_by_cooperative("Anderes", NOW + 2 * DAY) is None
    assert (agreement.end_explanation, agreement.ended_at) == ("Verstoß", NOW + DAY)
    waiting = proposed()
    assert waiting.end_by_cooperative("Irrtum", NOW) is None
    assert waiting.status is Status.ENDED


def test_who_signed_does_not_refuse_and_signing_twice_is_signing_once():
    agreement = proposed()
    signed = word(agreement, AGENCY, Act.SIGNS)
    assert not agreement.check(replace(signed, declaration_id=uuid4()), [signed])
    with pytest.raises(AgreementDecidedError):
        agreement.check(word(agreement, AGENCY, Act.REFUSES), [signed])


@pytest.mark.parametrize(
    "changes",
    [
        {"parties": (Party(CITY, "Stadt", Part.HOST),)},
        {"parties": (Party(CITY, "Stadt", Part.HOST), Party(CITY, "Stadt", Part.PARTY))},
        {"parties": (Party(CITY, "A", Part.PARTY), Party(UNIVERSITY, "B", Part.FACILITATOR))},
        {"offers": frozenset(), "adds_later": False},
        {"offers": frozenset({SharedOffer(uuid4(), uuid4())})},
        {"ends_at": NOW},
        {"notice_days": -1},
        {"notice_days": 731},
    ],
)
def test_texts_that_contradict_themselves(changes):
    with pytest.raises(InvalidAgreementError):
        terms(**changes)


def test_who_proposes_is_a_party_and_in_time():
    with pytest.raises(InvalidAgreementError, match="party"):
        Agreement.propose(uuid4(), uuid4(), terms(), NOW)
    with pytest.raises(InvalidAgreementError, match="ends_at"):
        Agreement.propose(CITY, uuid4(), terms(), NOW + 400 * DAY)


_moments = st.integers(0, 500).map(lambda days: NOW + timedelta(days=days))
_words = st.tuples(
    st.sampled_from([CITY, AGENCY, UNIVERSITY, PARTNER, uuid4()]),
    st.sampled_from(list(Act)),
    st.sampled_from([uuid4(), uuid4()]),
)


@given(st.lists(st.one_of(_words, _moments, st.just("change")), max_size=30))
def test_whatever_is_declared_a_change_is_told_once_and_nothing_is_shared_outside_the_period(steps):
    agreement, now = proposed(), NOW
    declarations: list[Declaration] = []
    told: list[Change] = []
    for step in steps:
        if isinstance(step, datetime):
            now = max(now, step)
        elif step == "change":
            if CITY in agreement.left or agreement.is_final or now >= NOW + 366 * DAY:
                continue
            stay = terms().without(agreement.left)
            offers = frozenset({LECTURE} if UNIVERSITY not in agreement.left else ())
            agreement.propose_change(CITY, terms(parties=stay, offers=offers), now)
        else:
            tenant_id, act, offer_id = step
            shares = {"offer_id": offer_id} if act in {Act.SHARES, Act.WITHDRAWS} else {}
            declared = word(agreement, tenant_id, act, at=now, **shares)
            leaves = act is Act.LEAVES
            if tenant_id in agreement.left or (leaves and tenant_id not in agreement.party_ids):
                continue  # who is no party, or no member any more, has no say
            try:
                if leaves or agreement.check(declared, declarations):
                    declarations.append(declared)
            except (
                AgreementDecidedError,
                AgreementNotRunningError,
                NothingToAddError,
                RevisionNotOpenError,
            ):
                pass
        change = agreement.settle(declarations, now) if not agreement.is_final else None
        told += [change] if change else []
        again = agreement.settle(declarations, now) if not agreement.is_final else None
        assert again is None
        is_running = agreement.status is Status.RUNNING
        assert bool(agreement.shared) <= is_running
        if is_running:
            assert agreement.terms.starts_at <= now < (agreement.terms.ends_at or now + DAY)
            on_it = {
                each.tenant_id
                for each in declarations
                if each.act is Act.SIGNS and each.revision == agreement.revision
            }
            assert on_it >= agreement.terms.party_ids
            assert {offer.provider_id for offer in agreement.shared}.isdisjoint(agreement.left)
            assert {each.part for each in agreement.parties} >= {Part.HOST}
            assert len(agreement.parties) >= 2
    assert agreement.version == len(told)
    assert told[:1] in ([], [Change.STARTED])
    assert told.count(Change.STARTED) <= 1
    assert told.count(Change.ENDED) <= 1
    assert Change.ENDED not in told[:-1]
