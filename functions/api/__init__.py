"""The API: owns what people configure; never probes and never decides status."""
