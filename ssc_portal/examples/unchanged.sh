# Send this as often as you like: only when something was published, the file is written anew.
curl --silent --etag-compare practices.etag --etag-save practices.etag \
  --output practices.json --write-out "%{http_code}\n" \
  "https://portal.example/api/v1/practices/"
