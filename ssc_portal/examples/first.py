import json
from urllib.request import urlopen

with urlopen("https://portal.example/api/v1/practices/?area=nutrition&ordering=-evidence") as answer:
    practices = json.load(answer)

print(practices["count"], "practices")
for practice in practices["results"]:
    print(practice["evidence"]["level"], practice["title"], practice["url"])
