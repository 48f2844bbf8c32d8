"""Work on the processes of a Ray cluster, a worker a core. Ray is imported when a cluster is asked for."""
