"""What this floor refuses beside what practices refuse; the composer turns each refusal into an answer."""


class Stale(Exception):
    """Somebody saved since this text was loaded. ``row`` is what is stored now; nothing was overwritten."""

    def __init__(self, row):
        super().__init__(str(row))
        self.row = row
