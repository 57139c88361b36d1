"""DynamoDB: keys, items, queries and what its errors mean."""
