"""The console: what operators see, understand and set right. It has no database; services record what it changes."""
