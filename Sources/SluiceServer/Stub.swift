import Hummingbird
import NIOPosix
import NIOHTTP1
import Logging
import ServiceLifecycle
