"""What people hold in many situations: worked out once per block of assignments, and once per chain of blocks.

Blocks of wide scopes come first in a situation, so situations share the start of their chain, and each adds only the
people whom its own blocks name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vmaudit.access.holdings import Block
from vmaudit.estate.rights import PrincipalId

Bits: TypeAlias = Mapping[PrincipalId, int]
"""Per person, what he holds, as bits: more blocks only ever add some."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What people hold in some blocks: those of `above`, and what the last block adds to that."""

    above: "Layer | None"
    added: Bits
    """Everybody whom the last block names, with all that he holds so far."""

    def of(self, who: PrincipalId) -> int:
        """What one person holds."""
        layer: Layer | None = self
        while layer is not None:
            found = layer.added.get(who)
            if found is not None:
                return found
            layer = layer.above
        return 0

    def everybody(self) -> dict[PrincipalId, int]:
        """What everybody holds."""
        return {**(self.above.everybody() if self.above else {}), **self.added}

    def chain(self) -> Iterator["Layer"]:
        """This layer and all above it."""
        layer: Layer | None = self
        while layer is not None:
            yield layer
            layer = layer.above


class Layers:
    """Makes them. `in_block` gives what the people of one block hold by it."""

    def __init__(self, in_block: Callable[[Block], Bits]) -> None:
        self._in_block = in_block
        self._of_block: dict[int, Bits] = {}
        self._known: dict[tuple[int, ...], Layer] = {}

    def of(self, blocks: tuple[Block, ...]) -> Layer:
        """The layer of these blocks. `Holdings` keeps every block, so that its identity stands."""
        key = tuple(map(id, blocks))
        found = self._known.get(key)
        if found is None:
            above = self.of(blocks[:-1]) if len(blocks) > 1 else None
            own: Bits = self._bits(blocks[-1]) if blocks else {}
            added: Bits = {who: bits | above.of(who) for who, bits in own.items()} if above else own
            found = self._known[key] = Layer(above, added)
        return found

    def _bits(self, block: Block) -> Bits:
        found = self._of_block.get(id(block))
        if found is None:
            found = self._of_block[id(block)] = self._in_block(block)
        return found
