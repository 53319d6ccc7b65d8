"""Words people use and where a sentence names them: shared by the chat and by sentences about a taste."""
