"""What people open: the dashboard, status pages, and their headers."""
