"""What the routes do, beyond reading a request and writing an answer."""
