"""The Wlz stream as values: facts in, signals and answers out; one stand per person."""
