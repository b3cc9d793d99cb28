"""What the exchange of knowledge adds up to: counted here for the page, the API and the files alike."""
