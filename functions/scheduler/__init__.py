"""The scheduler: dispatches intent and knows nothing of outcomes."""
