"""How the platform is started: on one machine, with Docker Compose, on Kubernetes."""
