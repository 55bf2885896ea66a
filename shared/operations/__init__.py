"""What a service tells those who run it: its processes, what stands still, and what they did."""
