"""What must hold in each service at every moment, when it was checked last, and what to do where it is broken."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.console.domain.wording import msg

#: Services check every minute (voucher) to every five; what is older was not checked when it should have been.
STALE: Final = timedelta(minutes=15)

_ADVICE: Final = {
    "voucher": msg(
        "Programmes of one funder do not add up. Stop giving out vouchers of it, keep the ledger as it is, and "
        "compare its transfers with the vouchers; correct by a counter-entry, never by hand."
    ),
    "catalogue": msg(
        "Places of a date do not fit its bookings. Look at the date's last bookings in their stories."
    ),
    "certificate": msg(
        "Credentials, their list or a key do not fit each other. Hold back revocations, and look at the last ones."
    ),
    "member": msg(
        "A tenant, a person or an agreement is not where its rules want it. Look at the onboarding board first."
    ),
    "feed": msg(
        "A tenant's log does not fit its readers. Pause its subscriptions before anybody reads on."
    ),
}

_OF_EVERY_SERVICE: Final = {
    "what waits to be sent is in the archive": msg(
        "An event would be sent that the archive does not have. Stop the service's workers, and restore the "
        "archive's day before they start again."
    ),
    "a repair that is over holds no letter": msg(
        "Letters are held that nobody will drive. Tell the developers the repair's id; do not delete it."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """One rule by its name in English, as the service has it in its code."""

    name: str
    checked_at: datetime
    broken_since: datetime | None

    def condition(self, now: datetime) -> str:
        """In the words of health: down where it is broken, unknown where nobody has checked lately."""
        if self.broken_since:
            return "down"
        return "unknown" if now - self.checked_at > STALE else "ok"


def advice(service: str, name: str) -> str:
    """What to do where a service's invariant of this name is broken."""
    return _OF_EVERY_SERVICE.get(name) or _ADVICE.get(service, msg("Look at the service's log."))
