"""A real Kafka without Docker: jars, nodes as processes, and a cluster of them."""
