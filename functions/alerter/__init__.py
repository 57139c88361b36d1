"""The alerter: alone talks to people, and alone marks alert rows."""
