"""The decision path: from votes to the state of a monitor, its incidents and the ledger."""
