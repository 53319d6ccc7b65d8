"""A person's taste: history, interests, statements, standing rules, person vector. Knows no candidates."""
