library(curl)
library(jsonlite)

begun <- list(title = "School gardens", language = "en", challenge_areas = list("nutrition"))
request <- new_handle(postfields = toJSON(begun, auto_unbox = TRUE))
handle_setheaders(request,
  "Authorization" = paste("Bearer", Sys.getenv("SSC_KEY")),
  "Idempotency-Key" = "our-case-study-4711", # send it again when no answer came: it is made once
  "Content-Type" = "application/json"
)
answer <- curl_fetch_memory("https://portal.example/api/v1/submissions/", request)

answer$status_code
fromJSON(rawToChar(answer$content))$id
