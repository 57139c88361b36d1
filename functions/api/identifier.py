"""What ids look like, in addresses, bodies and queries."""

import re

# DynamoDB refuses keys that are empty or longer.
IDENTIFIER = re.compile(r"-?[A-Za-z0-9][A-Za-z0-9_.@+:-]{0,127}")
