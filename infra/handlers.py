"""Where the code of each function is: a folder for each, of its name."""


def module_of(role: str) -> str:
    """Return the module whose `lambda_handler` a function runs.

    >>> module_of("prober")
    'functions.prober.handler'
    """
    return f"functions.{role}.handler"
