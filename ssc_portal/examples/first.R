library(jsonlite)

practices <- fromJSON(url("https://portal.example/api/v1/practices/?area=nutrition&ordering=-evidence"))

practices$count
practices$results[, c("title", "url")]
