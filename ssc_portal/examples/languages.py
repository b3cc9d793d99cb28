import json
from urllib.request import Request, urlopen

address = "https://portal.example/api/v1/practices/?area=wash&fields=title,text_language,translated_from"
with urlopen(Request(address, headers={"Accept-Language": "fr"})) as answer:
    print("Names and labels:", answer.headers["Content-Language"])
    practices = json.load(answer)

for practice in practices["results"]:
    print(practice["text_language"], practice["translated_from"], practice["title"])
