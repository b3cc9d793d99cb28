curl --header "Authorization: Bearer $SSC_KEY" "https://portal.example/api/v1/submissions/"
