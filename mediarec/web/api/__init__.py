"""The API: the same pipeline as the pages, opened by a token or a signed-in session. One router per noun."""
