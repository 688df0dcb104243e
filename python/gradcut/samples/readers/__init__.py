"""How sources are read: one plan, several readers, the same events."""
