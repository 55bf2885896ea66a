"""Releases of the voucher service to roll out: one as good as the other, one that fails."""

from typing import Final

from deploy.local.stack import Stack
from services.console.adapters.supervisor import SupervisorDeployments
from services.console.application.change_deployments import ChangeDeployments
from services.console.domain.operator import OPERATOR, Operator
from shared.clock import utc_now
from tests.console.local import FAILING, SOUND, LocalVoucher

OLGA: Final = Operator("demo", "Olga Genossenschaft", frozenset({OPERATOR}))
#: Rollouts of a test do not take an hour.
QUICK: Final = {
    "ROLLOUT_SOAK_SECONDS": "8",
    "ROLLOUT_MEASURE_SECONDS": "2",
    "ROLLOUT_READINESS_SECONDS": "60",
}


class Releases:
    """Makes them, and rolls out without a browser."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.voucher = LocalVoucher(stack)

    def good(self) -> str:
        """What is checked out, under another name."""
        return self.voucher.release("26.12.0")

    def failing(self) -> str:
        """It answers requests without a token with an error of its own."""
        changed = {"file": "shared/auth/dependencies.py", "old": SOUND, "new": FAILING}
        return self.voucher.release("26.12.1", **changed)

    async def taken_back(self, service: str) -> str:
        """A rollout in a service's history: asked for, and taken back at once. Returns its id."""
        layout = self._stack.layout
        deployments = SupervisorDeployments(layout.root, layout.socket, (service,))
        acts = ChangeDeployments(deployments, utc_now)
        await acts.begin(service, self.good(), "Monthly release", OLGA)
        asked = (await deployments.read(service)).book.current
        assert asked
        reason = "Announced for tomorrow"
        await acts.by_hand("rollback", service, asked.rollout_id, reason, OLGA)
        await deployments.aclose()
        return asked.rollout_id

    async def aclose(self) -> None:
        """Close what is open."""
        await self.voucher.aclose()
