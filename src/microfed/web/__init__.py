"""The pages: what a browser sees, in French and in English, without a line of JavaScript."""
