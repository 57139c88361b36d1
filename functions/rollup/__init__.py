"""The rollup function: rebuilds the hourly and daily figures of uptime."""
