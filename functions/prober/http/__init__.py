"""HTTP/1.1, HTTP/2 and WebSocket exchanges, and what goes into a request."""
