"""The language model as a writer over HTTP: it words facts that are handed over, and every sentence is checked."""
