"""Mutation testing: one small fault at a time in a copy of the tree, and whether the tests notice.

`mutations.toml` is the list, `make mutate` runs it. Knows no module of the project but the embedded database.
"""
