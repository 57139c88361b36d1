"""Where the code of each function is: a folder for each, and two that share one with another."""

ELSEWHERE = {
    "rollup": "functions.verifier.rollup_handler",
    "publisher": "functions.alerter.publishing.handler",
}


def module_of(role: str) -> str:
    """Name the module whose `lambda_handler` a function runs.

    >>> module_of("prober"), module_of("publisher")
    ('functions.prober.handler', 'functions.alerter.publishing.handler')
    """
    return ELSEWHERE.get(role, f"functions.{role}.handler")


def folder_of(role: str) -> str:
    """Name the folder of `functions/` that a function is made of.

    >>> folder_of("publisher")
    'alerter'
    """
    return module_of(role).split(".")[1]
