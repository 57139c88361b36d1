"""The historian: alone writes rollups; it decides nothing and tells nobody."""
