# What changed, and what is gone, step by step. Next time, ask with the last "as_of".
library(jsonlite)

address <- "https://portal.example/api/v1/practices/?area=wash&modified_since=2026-01-01T00:00:00Z"
while (!is.null(address)) {
  step <- fromJSON(url(address))
  print(step$results[, c("changed_at", "reference")])
  address <- step[["next"]]
}
step$as_of
