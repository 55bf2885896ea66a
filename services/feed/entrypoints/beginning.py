"""What a worker does before it reads the first record: see whether the database was restored, and mend it."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.feed.adapters import epochs
from services.feed.adapters.epochs import EpochGuard
from services.feed.contracts.topics import READS
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.inbox.replay import Start, read_again
from shared.processes.foundation import Foundation

log = logging.getLogger(__name__)

NOTICED = "the database is another, or on another timeline"
#: How far before the newest entry that survived a worker may have been behind on any topic.
BEHIND = timedelta(days=1)
WAIT_SECONDS = 0.5


class Beginning:
    """Records a new epoch if there is one, and appends again what the restore took from the logs."""

    def __init__(
        self, foundation: Foundation[Any], consumer: BatchConsumer[Any], guard: EpochGuard
    ) -> None:
        self._foundation = foundation
        self._consumer = consumer
        self._guard = guard

    async def run(self) -> None:
        """Be in the present epoch, without a gap; one worker mends, the others wait for it."""
        engine = self._foundation.engine
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            while True:
                async with epochs.alone(connection) as is_alone:
                    epoch = await epochs.present(connection)
                    if epoch.is_current and epoch.caught_up_at:
                        break
                    if is_alone:
                        await self._mend(epoch)
                        continue
                await asyncio.sleep(WAIT_SECONDS)
        self._guard.number = epoch.number

    async def _mend(self, epoch: epochs.Epoch) -> None:
        engine = self._foundation.engine
        number = epoch.number
        if not epoch.is_current:
            async with transaction(engine, operator=True) as connection:
                number = await epochs.begin(connection, NOTICED)
            log.warning("epoch %d begins: %s", number, NOTICED)
        async with transaction(engine, operator=True) as connection:
            last = await epochs.last_entry_at(connection)
        start = Start(since=last - BEHIND if last else None)
        settings = self._foundation.settings
        await asyncio.gather(*(read_again(settings, each, start, self._append) for each in READS))
        async with transaction(engine, operator=True) as connection:
            await epochs.caught_up(connection, number)
        log.warning("epoch %d has caught up", number)

    async def _append(self, records: Sequence[Any]) -> None:
        """The inbox knows what was appended before."""
        if records:
            await self._consumer.process(records)
