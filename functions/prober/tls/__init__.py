"""TLS handshakes, trust stores and certificates."""
