import Hummingbird
import Sluice
import SluiceHTTP
