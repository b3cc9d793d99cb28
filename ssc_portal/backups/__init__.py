"""Backups of everything that the portal knows, and the way back.

<folder>/ssc-<moment>/
    manifest.json    what it is: release, migrations, rows of each table, the digest of every file
    database.dump    the database, in pg_dump's own format
    media/           the files, under the names that the database calls them by

A backup is one moment: rows are counted and dumped in one snapshot, and files are copied after it, so that every file
that the snapshot names is there; what came later may be there too. It has its name only once it is whole.
"""
