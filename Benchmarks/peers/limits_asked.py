"""The two limits that every peer is asked with, by 1,000 callers in turn."""

CALLERS = 1_000
# So many in a minute that nobody is denied.
OPEN_LIMIT, OPEN_SECONDS = 1_000_000, 60
# So few in a day that everybody is denied, once they are used up.
CLOSED_LIMIT, CLOSED_SECONDS = 5, 86_400
# What is to become of the requests, and the limit and its seconds that see to it.
LIMITS = {"allowed": (OPEN_LIMIT, OPEN_SECONDS), "denied": (CLOSED_LIMIT, CLOSED_SECONDS)}
CASES = tuple(LIMITS)
