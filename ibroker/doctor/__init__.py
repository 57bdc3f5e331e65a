"""Whether an installation is as it must be, and what to send to who helps."""
