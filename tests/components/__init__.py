"""The real programs that the tests talk to: how each is found, installed when missing, started.

Nothing is skipped for want of one: what is missing is installed where that is allowed (root on
Debian), otherwise the run fails and says the one command that helps.
"""
