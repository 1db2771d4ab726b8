"""listserv: the engine of a virtual dialogue. The rooms and who may import whom: README, "The house"."""

__version__ = "0.1.0"
