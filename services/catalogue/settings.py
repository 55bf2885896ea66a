"""What a catalogue process is told by its environment."""

from shared.settings import Settings


class CatalogueSettings(Settings):
    """Nothing beyond what every service needs."""
