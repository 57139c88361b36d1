"""AWS in memory, as far as the mesh uses it: account, tables, queues, streams."""
