"""Servers that are started here. One that does not come up is ended, and told with the reason."""
from missing import Missing
from neighbours import asked_servers


class Started(asked_servers.Server):
    """One that listens on its port when it is made."""

    def __init__(self, name, command, port, wrk=()):
        try:
            super().__init__(name, command, port, list(wrk))
        except SystemExit as reason:
            self.stop()
            raise Missing(str(reason)) from None
        except OSError as error:
            raise Missing(f"{command[0].split('/')[-1]} cannot be run: {error.strerror}") from None
