"""Member tells how much of the feed a tenant may use; the feed keeps to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.feed.application.ports import UnitOfWork
from services.feed.domain.quota import Quota


@dataclass(frozen=True, slots=True)
class LearnQuota:
    """A quota as announced, with the announcement's sequence number."""

    quota: Quota
    sequence: int


async def learn_quotas(work: UnitOfWork, commands: Sequence[LearnQuota]) -> None:
    """Keep the newest quota of each tenant."""
    await work.quotas.learn([(command.quota, command.sequence) for command in commands])
