# What changed, and what is gone. Next time, ask with the "as_of" of this answer.
curl "https://portal.example/api/v1/practices/?area=wash&modified_since=2026-01-01T00:00:00Z"
