"""A release against the one before it."""

from dataclasses import replace

import pytest

from services.console.domain.verdict import Judgement, Limits, Sample, baseline, judge
from tests.console.rollouts import FAILING, GOOD, THIN

LIMITS = Limits()
CASES = {
    "as good as before": (GOOD, Judgement.GOOD, "As good as before"),
    "nothing said": (None, Judgement.MISSING, "does not say how it is"),
    "too few": (replace(THIN, failed=0), Judgement.MISSING, "Too few to judge: 3 requests"),
    "few of which all fail": (THIN, Judgement.MISSING, "Too few"),
    "not all ready": (replace(GOOD, ready=1), Judgement.BAD, "Only 1 of 2 processes are ready."),
    "none runs": (Sample(0, 0, 0, 0, 0), Judgement.BAD, "Only 0 of 0"),
    "errors": (FAILING, Judgement.BAD, "20.0 % fail; before it were 0.2 %."),
    "lag, though nothing is handled": (
        replace(THIN, lag=5_000),
        Judgement.BAD,
        "5000 records wait",
    ),
    "slow": (replace(GOOD, critical_time=2.0), Judgement.BAD, "takes 2.0 s"),
    "slower, but not by much": (replace(GOOD, critical_time=0.5), Judgement.GOOD, "As good"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_sample_is_judged_in_words(name: str) -> None:
    sample, judgement, words = CASES[name]
    verdict = judge(sample, GOOD, LIMITS)
    assert verdict.judgement is judgement
    assert words in str(verdict.says)


def test_what_failed_before_may_fail_now() -> None:
    assert judge(FAILING, FAILING, LIMITS).judgement is Judgement.GOOD
    assert judge(FAILING, None, LIMITS).judgement is Judgement.BAD


def test_a_thin_baseline_says_nothing_of_errors() -> None:
    compared = baseline(THIN, LIMITS)
    assert compared is not None
    assert (compared.handled, compared.error_rate, compared.critical_time) == (0, 0.0, None)
    assert baseline(GOOD, LIMITS) == GOOD
