"""DynamoDB and nothing else: one repository per table; it states conditions, decides nothing."""
