"""What a service's two processes, api and worker, are built from."""
