"""The watch on open answers at work: a Faust app, and what reads its state."""
