"""The whole chain on one machine: a broker, its topics, the router and some post."""
