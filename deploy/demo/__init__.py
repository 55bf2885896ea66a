"""The real case, played on the real platform over its public HTTP contracts."""
