"""What the server decides by. Numbers that no law is checked on change with each reload."""
from collections import namedtuple

Window = namedtuple("Window", "limit period")
Slots = namedtuple("Slots", "limit lease")

# The policies whose laws are checked. They fail closed: without Redis nobody is admitted.
FIXED = Window(limit=20, period=2.0)
LOG = Window(limit=10, period=3.0)
LEASES = Slots(limit=3, lease=3.0)


def text(number, beyond=0):
    """A policy file.

    number: of the reload.
    beyond: how much more than the laws know of is let through, to see that the checks notice.
    """
    extra = "  other: {rules: [{name: r, by: [ip], limit: 5 per 1s}]}\n" if number % 2 else ""
    return f"""
policies:
  fixed:
    on-store-failure: deny
    rules:
      - {{name: window, by: [user], limit: {FIXED.limit + beyond} per {FIXED.period:.0f}s, algorithm: fixed-window}}
  log:
    on-store-failure: deny
    rules:
      - {{name: log, by: [user], limit: {LOG.limit + beyond} per {LOG.period:.0f}s, algorithm: sliding-log}}
  leases:
    on-store-failure: deny
    rules:
      - {{name: busy, by: [user], concurrency: {LEASES.limit + beyond}, lease: {LEASES.lease:.0f}s}}
  chat:
    rules:
      - {{name: flood, by: [user], limit: {100 + number % 7} per 1s, burst: {50 + number % 3}}}
      - {{name: hourly, by: [user], limit: {200 + number % 5} per 10s, algorithm: sliding-log}}
      - {{name: room, by: [chat], limit: {1000 + number % 11} per 1s, algorithm: sliding-window}}
      - {{name: repeats, by: [user, text], debounce: 500ms}}
  web:
    rules:
      - {{name: client, by: [ip], limit: {50 + number % 9} per 1s, algorithm: sliding-window}}
      - {{name: page, by: [ip, path], limit: {20 + number % 3} per 1s, penalty: {{ban: 1s, after: 5, max: 4s}}}}
      - {{name: daily, by: [ip], limit: {1000000 + number % 13} per day, algorithm: quota}}
{extra}"""


def broken():
    """A file with a fault in its last line."""
    return text(0) + "  wrong: {rules: [{name: r, by: [ip], limit: many per 1s}]}\n"
