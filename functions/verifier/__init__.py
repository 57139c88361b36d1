"""The verifier: alone decides about status, incidents and alert rows."""
