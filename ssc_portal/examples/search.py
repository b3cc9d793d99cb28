# All practices about school meals in two regions, page by page.
import json
from urllib.parse import urlencode
from urllib.request import urlopen

query = {"q": "school meals", "region": ["LAC", "ESA"], "fields": "reference,title,evidence", "page_size": 2}
address = "https://portal.example/api/v1/practices/?" + urlencode(query, doseq=True)
while address:
    with urlopen(address) as answer:
        page = json.load(answer)
    for practice in page["results"]:
        print(practice["reference"], practice["title"])
    address = page["next"]  # null on the last page
