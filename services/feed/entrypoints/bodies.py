"""What goes over HTTP."""

from pydantic import BaseModel


class EventTypeView(BaseModel):
    """A type of event that may leave the platform."""

    type: str
