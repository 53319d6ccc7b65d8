"""What every stage reads about an item: its card, facts, labels and media type. Knows no person's taste."""
