# Keeps a copy of the practices on wash in copy.json: first all of them, then what changed since the last time.
import json
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

FILE = Path("copy.json")
copy = json.loads(FILE.read_text()) if FILE.exists() else {"as_of": None, "practices": {}}
where = {"modified_since": copy["as_of"]} if copy["as_of"] else {"cursor": "*"}
address = "https://portal.example/api/v1/practices/?" + urlencode({"area": "wash", **where})
while address:
    with urlopen(address) as answer:
        step = json.load(answer)
    for row in step["results"]:
        if row.get("gone"):  # retracted, or not about this any more
            copy["practices"].pop(row["reference"], None)
        else:
            copy["practices"][row["reference"]] = row
    address, copy["as_of"] = step["next"], step["as_of"]
FILE.write_text(json.dumps(copy))
print(len(copy["practices"]), "practices as of", copy["as_of"])
