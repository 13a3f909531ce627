"""What a browser is called by people, read from what it says of itself."""

# The more special first: most say that they are like several others too.
_BROWSERS = (
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
    ("w3m/", "w3m"),
    ("Lynx/", "Lynx"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def name_of(agent: str) -> str:
    """Return names people know, such as `Firefox · Android`; else the beginning of what it says."""
    names = (
        next((name for sign, name in table if sign in agent), "") for table in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(name for name in names if name) or agent[:40]
