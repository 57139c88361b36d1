"""The infrastructure: one home stack, and one probe stack in every probe region."""
