"""Access: users, API tokens, what they may do, and the audit log."""
