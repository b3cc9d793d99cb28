library(curl)
library(jsonlite)

address <- "https://portal.example/api/v1/practices/"
first <- curl_fetch_memory(address)
fromJSON(rawToChar(first$content))$count

etag <- parse_headers_list(first$headers)$etag
again <- curl_fetch_memory(address, new_handle(httpheader = paste("If-None-Match:", etag)))
again$status_code # 304: nothing was published since
