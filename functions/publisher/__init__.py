"""Status pages: files that are there when everything else is away, and mail for their readers."""
