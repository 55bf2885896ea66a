"""The small subscribers of `clients/`: their generated models, and what Java and TypeScript need to run."""
