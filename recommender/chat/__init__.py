"""Chat: a sentence becomes a wish by rules, the pipeline answers, and words come last and checked."""
