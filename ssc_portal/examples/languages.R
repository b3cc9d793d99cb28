library(jsonlite)

address <- "https://portal.example/api/v1/practices/?area=wash&fields=title,text_language,translated_from"
practices <- fromJSON(url(address, headers = c("Accept-Language" = "fr")))

practices$results
