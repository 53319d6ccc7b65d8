"""What a person did, said and steered, read into signs and weights. Knows no candidates."""
