"""Change the code in small ways and see that some test notices: `make mutate`."""
