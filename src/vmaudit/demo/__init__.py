"""Contoso: a tenant made up of ARM-shaped rows that shows each grade and every rule."""

from vmaudit.demo.contoso import COMPLETE_FOR, TAKEN_AT
from vmaudit.demo.export import write_contoso

__all__ = ["COMPLETE_FOR", "TAKEN_AT", "write_contoso"]
