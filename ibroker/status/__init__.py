"""The figures of the dashboards, from /metrics of the processes alone."""
