"""vmaudit: who can reach the virtual machines of an Azure tenant, and by what right."""

__version__ = "0.1.0"
