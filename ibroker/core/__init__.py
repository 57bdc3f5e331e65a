"""The pure core: values in, values out; no IO, clock, environment or logging."""
