"""DNS messages, resolvers and the client that asks them."""
