import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ADDRESS = "https://portal.example/api/v1/practices/"


def ask(etag):
    """(the practices, their ETag), or None where nothing was published since ``etag``."""
    try:
        with urlopen(Request(ADDRESS, headers={"If-None-Match": etag})) as answer:
            return json.load(answer), answer.headers["ETag"]
    except HTTPError as error:
        if error.code == 304:
            return None
        raise


practices, etag = ask("")
print(practices["count"], "practices")
print("nothing new" if ask(etag) is None else "something was published")
