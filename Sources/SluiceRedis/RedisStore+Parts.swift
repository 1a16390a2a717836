import NIOCore
import RESP
import Sluice

/// What a limiter makes of the store's settings.
extension RedisStore {
    /// The secret of the keys' hashes: the configured one in the form that the hash takes. Without one it is known to
    /// everybody, but still the same in all instances.
    var keySecret: (UInt64, UInt64) {
        var text = secret ?? "sluice"
        let digest = text.withUTF8 { KeyDigest.of(UnsafeRawBufferPointer($0)) }
        return (digest.high, digest.low)
    }

    /// How long a decision may take.
    var timeAmount: TimeAmount { TimeAmount(redis.commandTimeout) }

    var layout: KeyLayout { KeyLayout(prefix: prefix) }

    var bounds: StoreLane.Bounds {
        StoreLane.Bounds(
            requestsPerCall: max(1, min(decisionsPerCall, 64)), callsInFlight: max(1, callsInFlight),
            callsUntilGathering: max(1, min(callsInFlight, isCluster ? 1 : 4)), waiting: max(1, waitingDecisions))
    }
}
