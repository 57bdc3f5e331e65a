"""The watch on open answers, pure: events in, clocks and figures out."""
