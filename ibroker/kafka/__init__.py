"""The log: the loop that consumes, transforms and produces, and its adapters."""
