"""Explanations: the true causes of a recommendation and sentences for them. Invents nothing."""
