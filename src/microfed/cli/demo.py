"""`microfed demo`: two neighbourhoods on this machine that federate."""


def demo() -> None:
    """Start Belleville and Ménilmontant on this machine and let them talk."""
