curl --include --header "Accept-Language: fr" \
  "https://portal.example/api/v1/practices/?area=wash&fields=title,text_language,translated_from"
