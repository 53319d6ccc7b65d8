"""Preference elicitation: the question or first choice with the highest information gain. Knows no chat, no page."""
