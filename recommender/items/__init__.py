"""What every stage reads about an item: its card, facts, labels, media type. Knows no person's taste."""
