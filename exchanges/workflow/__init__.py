"""How offers, needs, matches and exchanges move: the only code that sets a status.

Every move is one function, one transaction with the row locked, one line of history. Each raises PermissionDenied when
the person may never do this with this row, TransitionError when its state does not allow it (also to whoever comes
second), Stale when somebody saved in between, ValidationError when values break a rule of the database.
"""
