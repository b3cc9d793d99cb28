curl "https://portal.example/api/v1/practices/?area=nutrition&ordering=-evidence"
