"""Who calls: tokens, sign-in sessions, and the user pool."""
