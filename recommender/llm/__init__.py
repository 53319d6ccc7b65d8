"""The language model over HTTP: it words given facts, and every sentence is checked against them (grounding)."""
