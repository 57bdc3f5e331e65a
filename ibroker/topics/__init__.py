"""What the cluster must look like: topics, access and quotas, from topics.yaml.

`reading` gives the file as a `model`, `expansion` what it asks of one cluster as a
`state`, `plan` how that differs from what is there. A `port` is how a cluster is seen
and changed. All but `reading`, `applying` and the adapters of the port is pure.
"""
