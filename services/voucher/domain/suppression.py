"""Which figures about groups may be shown, so that nobody can work out a group of fewer than five.

The groups are put together to blocks of five or more. A figure is shown only if it is the sum of whole
blocks: whatever is added to or taken from what is shown, nothing finer than a block comes out of it. A
group of five or more that shares its block with a small one is hidden too (complementary suppression).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

#: The smallest group that is told of.
MINIMUM = 5


@dataclass(frozen=True, slots=True)
class Group:
    """People counted together. `sums` names the figures, beside its own, that it is part of."""

    key: str
    count: int
    sums: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Block:
    """Groups that are only told of together."""

    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        """How many people it has."""
        return sum(group.count for group in self.groups)

    @property
    def is_safe(self) -> bool:
        """Whether it is large enough to be told of."""
        return self.count >= MINIMUM

    @property
    def keys(self) -> frozenset[str]:
        """The groups that it has."""
        return frozenset(group.key for group in self.groups)

    def join(self, other: "Block") -> "Block":
        """Both together."""
        return Block(self.groups + other.groups)


def blocks_of(groups: Iterable[Group]) -> Sequence[Block]:
    """The finest blocks found: of equal sums first, then so that the fewest sums are cut through.

    A block under five remains only where all groups together have fewer. Empty groups tell of nobody.
    """
    alike: dict[frozenset[str], list[Group]] = {}
    for group in sorted(groups, key=lambda each: (each.count, each.key)):
        if group.count:
            alike.setdefault(group.sums, []).append(group)
    blocks = [block for each in alike.values() for block in _join_alike(each)]
    while len(blocks) > 1 and (small := next((b for b in blocks if not b.is_safe), None)):
        blocks.remove(small)
        partner = min(blocks, key=lambda each: _cost(small, each))
        blocks[blocks.index(partner)] = partner.join(small)
    return blocks


def is_shown(members: Collection[str], blocks: Iterable[Block]) -> bool:
    """Whether the sum over these groups may be shown: it cuts through no block, and each is large enough."""
    touched = [block for block in blocks if not block.keys.isdisjoint(members)]
    return all(block.is_safe and block.keys <= set(members) for block in touched)


def _join_alike(groups: Sequence[Group]) -> Sequence[Block]:
    blocks: list[Block] = []
    waiting: Block | None = None
    for group in groups:
        block = Block((group,))
        waiting = waiting.join(block) if waiting else block
        if waiting.is_safe:
            blocks.append(waiting)
            waiting = None
    return [*blocks, waiting] if waiting else blocks


def _cost(small: Block, partner: Block) -> tuple[int, int, str]:
    cut = frozenset.symmetric_difference(_sums(small), _sums(partner))
    return len(cut), partner.count, min(partner.keys)


def _sums(block: Block) -> frozenset[str]:
    return frozenset().union(*(group.sums for group in block.groups))
