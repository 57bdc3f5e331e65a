"""The post as people handle it: hand it in, collect it, put back what was stuck."""
