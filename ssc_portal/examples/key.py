import json
import os
from urllib.request import Request, urlopen

key = {"Authorization": "Bearer " + os.environ["SSC_KEY"]}
with urlopen(Request("https://portal.example/api/v1/submissions/", headers=key)) as answer:
    for study in json.load(answer)["results"]:
        print(study["id"], study["status"], study["title"])
