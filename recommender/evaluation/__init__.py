"""How good the answers are, measured. Serves nobody."""
