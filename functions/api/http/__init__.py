"""Requests and responses: routing, parsing, pagination, problem details."""
