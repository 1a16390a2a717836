"""Python's rate limiters, each asked through its own interface."""
