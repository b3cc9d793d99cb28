"""``python -m ssc_portal.embedded start|stop``: the embedded servers of this copy, left running in the background."""

import os
import sys
from pathlib import Path

from ssc_portal import embedded
from ssc_portal.embedded.processes import StartError
from ssc_portal.embedded.servers import needed_servers, only_one, remove_sockets


def main(arguments):
    var_dir = Path(os.environ.get("SSC_VAR_DIR", Path(__file__).resolve().parents[2] / "var"))
    if arguments not in (["start"], ["stop"]):
        return "Say start or stop."
    try:
        with only_one(var_dir):
            if arguments == ["start"]:
                for server in needed_servers(var_dir, {}):
                    server.start()
                print(embedded.database_url(var_dir), embedded.broker_url(var_dir), embedded.cache_url(var_dir))  # noqa: T201
            else:
                for server in reversed(needed_servers(var_dir, {})):
                    server.stop_leftover()
                remove_sockets(var_dir)
    except StartError as error:
        return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
