"""True causes of a recommendation and the words for them. Invents nothing."""
