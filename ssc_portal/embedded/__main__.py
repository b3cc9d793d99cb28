"""``python -m ssc_portal.embedded start|stop``: the embedded servers of this copy, left running in the background."""

import os
import sys
from pathlib import Path

from ssc_portal import embedded
from ssc_portal.embedded.processes import StartError
from ssc_portal.embedded.servers import remove_sockets, servers


def main(arguments):
    var_dir = Path(os.environ.get("SSC_VAR_DIR", Path(__file__).resolve().parents[2] / "var"))
    if arguments == ["start"]:
        try:
            for server in servers(var_dir):
                server.start()
        except StartError as error:
            return str(error)
        print(embedded.database_url(var_dir), embedded.broker_url(var_dir), embedded.cache_url(var_dir), sep="\n")  # noqa: T201
    elif arguments == ["stop"]:
        for server in reversed(servers(var_dir)):
            server.stop_leftover()
        remove_sockets(var_dir)
    else:
        return "Say start or stop."
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
