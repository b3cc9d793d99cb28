# Takes messages of the portal, and believes only those that it signed within the last five minutes.
import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = base64.b64decode(os.environ["SSC_WEBHOOK_SECRET"].removeprefix("whsec_"))
PORT = int(os.environ.get("PORT", "8080"))
seen = set()  # a message may come twice, under the same id


def is_genuine(headers, body):
    number, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
    signed = hmac.new(SECRET, f"{number}.{moment}.".encode() + body, hashlib.sha256).digest()
    right = "v1," + base64.b64encode(signed).decode()
    is_fresh = moment.isdecimal() and abs(time.time() - int(moment)) < 300
    # While the secret is changed, a message carries two signatures.
    return is_fresh and any(hmac.compare_digest(one, right) for one in headers.get("webhook-signature", "").split())


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not is_genuine(self.headers, body):
            return self.answer(401)
        self.answer(204)  # first say that it came, then work on it
        if self.headers["webhook-id"] not in seen:
            seen.add(self.headers["webhook-id"])
            print(json.loads(body), flush=True)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()


HTTPServer(("127.0.0.1", PORT), Receiver).serve_forever()
