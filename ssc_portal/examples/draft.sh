# Send it again when no answer came: with the same Idempotency-Key it is made once.
curl --include --header "Authorization: Bearer $SSC_KEY" \
  --header "Idempotency-Key: our-case-study-4711" --header "Content-Type: application/json" \
  --data '{"title": "School gardens", "language": "en", "challenge_areas": ["nutrition"]}' \
  "https://portal.example/api/v1/submissions/"
