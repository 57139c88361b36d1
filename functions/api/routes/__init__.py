"""The routes, one file per subject; `all_routes` puts them in order."""
