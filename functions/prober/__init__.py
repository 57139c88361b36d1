"""The prober: makes one attempt and records a fact."""
