"""The directory table: what people configure beside monitors, and signs of life."""
