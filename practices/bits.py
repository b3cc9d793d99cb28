"""Sets of live practices as bit strings: bit *n*, counted from the left, stands for the practice with ordinal *n*.

In Python a set is a whole number of ``length`` bits, so that ``&``, ``|`` and ``bit_count`` work on it; in PostgreSQL
it is kept as pieces, each the ``bit varying`` of one segment of the ordinals, so that to change a bit costs as much in
a set of millions as in a small one. A leaf.
"""

from dataclasses import dataclass

# Lengths are multiples of this, so that strings are rarely made longer.
STEP = 8192
# So many ordinals are one segment; a piece of 16 kB.
SEGMENT = 16 * STEP


def lengths(highest):
    """{segment: length of its pieces} where the ``highest`` ordinal has a place; all segments but the last are whole.

    Empty for -1: where nothing has an ordinal.
    """
    last, place = divmod(highest, SEGMENT)
    return dict.fromkeys(range(last), SEGMENT) | ({last: (place // STEP + 1) * STEP} if highest >= 0 else {})


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
        parts = [
            pieces[segment][4:] if segment in pieces else bytes(size // 8)
            for segment, size in lengths(length - 1).items()
        ]
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

    def pieces(self):
        """{segment: its bits as ``sql``}, of segments that hold any."""
        digits, size = self.sql()[1:], SEGMENT // 4
        found = {start // size: digits[start : start + size] for start in range(0, len(digits), size)}
        return {segment: f"x{some}" for segment, some in found.items() if some.strip("0")}


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
