"""Preference elicitation: which question or first choice tells most about a person. Knows no chat and no page."""
