"""The five functions; they meet only in messages and tables, never in each other's code."""
