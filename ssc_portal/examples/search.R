# All practices about school meals in two regions, page by page.
library(jsonlite)

address <- paste0(
  "https://portal.example/api/v1/practices/?q=", URLencode("school meals"),
  "&region=LAC&region=ESA&fields=reference,title&page_size=2"
)
while (!is.null(address)) {
  page <- fromJSON(url(address))
  print(page$results)
  address <- page[["next"]]  # NULL on the last page
}
