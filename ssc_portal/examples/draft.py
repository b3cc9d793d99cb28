# Begins a case study and adds to it. Whoever sends the same again gets the same answer, and makes nothing twice.
import json
import os
from urllib.request import Request, urlopen

ADDRESS = "https://portal.example/api/v1/submissions/"


def send(method, address, body, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers |= {"Authorization": "Bearer " + os.environ["SSC_KEY"], "Content-Type": "application/json"}
    with urlopen(Request(address, json.dumps(body).encode(), headers, method=method)) as answer:
        return answer.status, answer.headers, json.load(answer)


begun = {"title": "School gardens", "language": "en", "challenge_areas": ["nutrition"]}
status, headers, study = send("POST", ADDRESS, begun, Idempotency_Key="our-case-study-4711")
print(status, headers["Location"])

# A change names what its writer saw, so that nobody's work is overwritten: otherwise it is 412, with the differences.
more = {"challenge": "Pupils eat few vegetables.", "start_year": 2021}
status, headers, study = send("PATCH", headers["Location"], more, If_Match=headers["ETag"])
print(status, study["complete_percent"], "% complete, missing:", len(study["missing"]))
