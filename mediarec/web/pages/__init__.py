"""One module per page: its views and what they hand to the template."""
