# All practices about school meals in two regions, as a table.
curl --get "https://portal.example/api/v1/practices/" \
  --data-urlencode "q=school meals" \
  --data "region=LAC" --data "region=ESA" \
  --data "fields=reference,title,evidence,url" --data "format=csv" \
  --output school-meals.csv
