"""What operators have done to what runs: each act is written into the service's book, with who and why."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from services.console.application.deployments import Deployments, Role
from services.console.domain.operator import APPROVER, Operator
from services.console.domain.release import plan
from services.console.domain.rollout import Rollout, RolloutError
from services.console.domain.rollout_book import Act, Book, Wish
from services.console.domain.rollout_by_hand import accept, confirm, go_on, pause, roll_back
from services.console.domain.sentence import Figure, Sentence
from services.console.domain.wording import msg

#: A rollout, who acts, why, and when: the rollout after the act.
ByHand = Callable[[Rollout, str, str, datetime], Rollout]
BY_HAND: dict[str, ByHand] = {
    "pause": pause,
    "continuation": go_on,
    "acceptance": accept,
    "rollback": roll_back,
}


class ChangeDeployments:
    """The acts. Each raises RolloutError, DeploymentsError or StaleBookError, and then nothing was done."""

    def __init__(self, deployments: Deployments, clock: Callable[[], datetime]) -> None:
        self._deployments, self._clock = deployments, clock

    async def begin(self, service: str, release: str, reason: str, operator: Operator) -> None:
        """Ask for a rollout; the driver takes it up."""
        kept = await self._deployments.read(service)
        releases = await self._deployments.releases()
        if release not in releases:
            says = {"release": release}
            raise RolloutError(
                Sentence("%(release)s is not among the releases that are on offer.", says)
            )
        before = self._before(kept.book, await self._roles(service))
        wish = Wish(
            rollout_id=str(uuid4()),
            service=service,
            before=before,
            after=release,
            plan=plan(service, releases.get(before), releases[release]),
            by=operator.name,
            subject=operator.subject,
            reason=reason,
        )
        book = kept.book.begin(wish, self._clock())
        await self._deployments.write(service, book, kept.mark)

    async def confirm(self, service: str, rollout_id: str, operator: Operator) -> None:
        """As a second person."""
        kept = await self._deployments.read(service)
        confirmed = confirm(
            _meant(kept.book, rollout_id),
            operator.name,
            operator.subject,
            is_approver=operator.is_allowed(APPROVER),
            now=self._clock(),
        )
        await self._deployments.write(service, kept.book.moved(confirmed), kept.mark)

    async def by_hand(
        self, act: str, service: str, rollout_id: str, reason: str, operator: Operator
    ) -> None:
        """One of BY_HAND."""
        kept = await self._deployments.read(service)
        rollout = _meant(kept.book, rollout_id)
        moved = BY_HAND[act](rollout, operator.name, reason, self._clock())
        await self._deployments.write(service, kept.book.moved(moved), kept.mark)

    async def restart(self, service: str, role: str, reason: str, operator: Operator) -> None:
        """Start a role's processes anew."""
        says = Sentence("%(role)s was started anew.", {"role": role})
        await self._note(service, says, reason, operator)
        await self._deployments.restart(service, role)

    async def scale(
        self, service: str, role: str, replicas: int, reason: str, operator: Operator
    ) -> None:
        """Have a role run so many processes."""
        found = next((each for each in await self._roles(service) if each.role == role), None)
        _require_scalable(found, role, replicas)
        figures: dict[str, Figure] = {"role": role, "number": replicas}
        says = Sentence("%(role)s shall run %(number)s processes.", figures)
        await self._note(service, says, reason, operator)
        await self._deployments.scale(service, role, replicas)

    async def _note(self, service: str, says: Sentence, reason: str, operator: Operator) -> None:
        kept = await self._deployments.read(service)
        if kept.book.is_rolling:
            raise RolloutError(
                Sentence("A rollout of it is under way: wait for its end, or roll it back first.")
            )
        act = Act(self._clock(), operator.name, says, reason)
        await self._deployments.write(service, kept.book.noted(act), kept.mark)

    async def _roles(self, service: str) -> list[Role]:
        return [each for each in await self._deployments.roles() if each.service == service]

    @staticmethod
    def _before(book: Book, roles: list[Role]) -> str:
        """The release to go back to: that of a rollout under way, else what shall run now."""
        if book.current and book.current.is_open:
            return book.current.before
        wanted = {each.release for each in roles}
        if len(wanted) != 1:
            figures = {"releases": ", ".join(sorted(wanted)) or "-"}
            text = msg(
                "It is not clear which release to go back to: its roles shall run %(releases)s. Set that right first."
            )
            raise RolloutError(Sentence(text, figures))
        return wanted.pop()


def _require_scalable(role: Role | None, name: str, replicas: int) -> None:
    if role is None:
        raise RolloutError(Sentence("Nothing runs here as %(role)s.", {"role": name}))
    if role.autoscaled:
        figures = {"least": role.autoscaled.least, "most": role.autoscaled.most}
        text = msg("It is scaled by itself, between %(least)s and %(most)s: change that there.")
        raise RolloutError(Sentence(text, figures))
    if not 1 <= replicas <= role.most:
        raise RolloutError(Sentence("Choose a number from 1 to %(most)s.", {"most": role.most}))


def _meant(book: Book, rollout_id: str) -> Rollout:
    """The rollout that was seen on the page; another one may have begun meanwhile."""
    if book.current is None or book.current.rollout_id != rollout_id:
        raise RolloutError(Sentence("Another rollout has begun meanwhile. Look at that one first."))
    return book.current
