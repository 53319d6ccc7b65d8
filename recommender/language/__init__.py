"""The lexicon and concept tagging, shared by the chat and the taste statements."""
