"""Work of the top floor that no request waits for."""

from celery import shared_task


@shared_task(name="ssc_portal.tasks.write_dump")
def write_dump():
    """Write the files of everything that is public, for whoever wants all of it at once."""
    from ssc_portal.dumps import write

    write()
