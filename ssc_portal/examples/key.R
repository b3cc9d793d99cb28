library(jsonlite)

key <- c(Authorization = paste("Bearer", Sys.getenv("SSC_KEY")))
studies <- fromJSON(url("https://portal.example/api/v1/submissions/", headers = key))

studies$results[, c("id", "status", "title")]
