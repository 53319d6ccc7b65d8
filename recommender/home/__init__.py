"""The rows of the home page. Knows no HTML."""
