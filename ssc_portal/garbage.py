"""How often a process that serves readers looks for objects that refer to each other and to which nothing leads."""

import gc

# New objects that bring about a look at the young ones; and so many of those one at the older, of these one at all.
YOUNG, OLDER, ALL = 20_000, 20, 20


def collect_seldom():
    """What is there when a server begins stays for good and is not looked through again; what comes later is, but less
    often than Python would: a page makes some ten thousand objects, and looking through them took a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, ALL)
