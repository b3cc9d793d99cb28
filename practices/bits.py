"""Sets of live practices as bit strings: bit *n*, counted from the left, stands for the practice with ordinal *n*.

In Python a set is a whole number of ``length`` bits, so that ``&``, ``|`` and ``bit_count`` work on it. In PostgreSQL
it is kept in pieces, each the ``bit varying`` of one segment of the ordinals: to change a bit costs as little in a set
of millions as in a small one, and a piece is short enough to stand in its row. A leaf.
"""

from dataclasses import dataclass

# So many ordinals are one segment: a piece of 2 kB. Lengths are multiples of it.
SEGMENT = 16_384


def segments(ordinals):
    """Yield (segment, those of the set ``ordinals`` that are in it, counted from its beginning)."""
    lowest, highest = min(ordinals, default=0) // SEGMENT, max(ordinals, default=-1) // SEGMENT
    for segment in range(lowest, highest + 1):
        start, end = segment * SEGMENT, (segment + 1) * SEGMENT
        found = {one - start for one in ordinals if start <= one < end}
        if found:
            yield segment, found


@dataclass(frozen=True)
class Bits:
    """A set of ordinals below ``length``, a multiple of 8; ``number`` holds its bits, the first one highest."""

    number: int
    length: int

    @classmethod
    def of(cls, ordinals, length):
        """The set of ``ordinals``: any whole numbers below ``length``."""
        digits = bytearray(b"0") * length
        for ordinal in ordinals:
            digits[ordinal] = 49  # "1"
        return cls(int(digits or b"0", 2), length)

    @classmethod
    def read(cls, pieces, length):
        """The set of which PostgreSQL gives ``pieces``, {segment: what varbit_send() makes of it}: its length in four
        bytes, then its bits. Pieces without a bit may be missing. Of a million practices that is read in a seventh of
        the time that "0100…" takes.
        """
        nothing = bytes(SEGMENT // 8)
        parts = [pieces[one][4:] if one in pieces else nothing for one in range(length // SEGMENT)]
        return cls(int.from_bytes(b"".join(parts)), length)

    def __and__(self, other):
        return Bits(self.number & other.number, self.length)

    def __or__(self, other):
        return Bits(self.number | other.number, self.length)

    def __sub__(self, other):
        return Bits(self.number & ~other.number, self.length)

    def __len__(self):
        return self.number.bit_count()

    def __bool__(self):
        return self.number != 0

    def __contains__(self, ordinal):
        return bool(self.number >> (self.length - 1 - ordinal) & 1)

    def ordinals(self):
        """The ordinals in the set, lowest first."""
        digits = f"{self.number:0{self.length}b}" if self.length else ""
        found, at = [], digits.find("1")
        while at >= 0:
            found.append(at)
            at = digits.find("1", at + 1)
        return found

    def sql(self):
        """The set as PostgreSQL reads a ``bit varying``: "x" and hexadecimal digits."""
        return f"x{self.number:0{self.length // 4}x}" if self.length else ""


class Scores:
    """Points for ordinals below ``length``: sets are added with what membership is worth, the best are asked for.

    Points are kept as binary numbers across sets: set *n* holds the ordinals whose points have the bit 2ⁿ. So a
    set costs a few operations, however many practices are in it.
    """

    def __init__(self, length):
        self.length, self._planes = length, []

    def add(self, bits, points):
        """Give every practice of ``bits`` so many more ``points``, a whole number above 0."""
        for place in range(points.bit_length()):
            carry = bits.number if points >> place & 1 else 0
            at = place
            while carry:
                self._planes += [0] * (at + 1 - len(self._planes))
                self._planes[at], carry = self._planes[at] ^ carry, self._planes[at] & carry
                at += 1

    def best(self, among):
        """Yield (points, Bits of those of ``among`` that have so many), the most points first."""
        yield from self._split(among.number, len(self._planes) - 1, 0)

    def _split(self, number, place, points):
        if not number:
            return
        if place < 0:
            yield points, Bits(number, self.length)
            return
        plane = self._planes[place]
        yield from self._split(number & plane, place - 1, points + (1 << place))
        yield from self._split(number & ~plane, place - 1, points)
