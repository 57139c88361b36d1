"""DynamoDB and nothing else: one repository per table; conditions are stated here, decided nowhere."""
