"""The authorization server: members sign in here, and say which apps may act for them."""
