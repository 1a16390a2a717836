package import Sluice

/// Counts the instances that share a store, so that each knows its share when the store is gone.
///
/// Every instance writes itself into one small sorted set now and then, by the store's clock; those that were not
/// seen for a while are dropped by whoever writes next, and the whole set expires with the last of them. What is to
/// be sent is told as words of a command, what came back as a number: nothing here sends anything.
package struct InstanceCensus: Sendable {
    /// How often an instance writes itself.
    package static let interval = Duration.seconds(5)
    /// For how long it counts after that.
    package static let presence = Duration.seconds(15)
    /// More than can be: who claims so many is not believed.
    package static let most = 100_000

    /// How many there are, as far as is known; at least this one.
    package private(set) var count = 1
    /// When to write next.
    package private(set) var nextAt: Timestamp
    private let key: String
    private let name: String

    /// Writes this instance, drops the absent, counts the others.
    private static let script = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        redis.call('ZADD', KEYS[1], now, ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. now - ARGV[2])
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return redis.call('ZCARD', KEYS[1])
        """

    /// - Parameters:
    ///   - prefix: What all keys of the store begin with.
    ///   - name: A name that no other instance has; a random number will do.
    package init(prefix: String, name: UInt64, at now: Timestamp) {
        key = "\(prefix):instances"
        self.name = String(name, radix: 36)
        nextAt = now
    }

    /// The command to send if it is time; asking puts the next one off.
    package mutating func commandIfDue(at now: Timestamp) -> [String]? {
        guard now >= nextAt else { return nil }
        nextAt = now + Self.interval
        return ["EVAL", Self.script, "1", key, name, String(Self.presence.millisecondsRoundedUp)]
    }

    /// The command with which an instance leaves that ends.
    package var farewell: [String] { ["ZREM", key, name] }

    /// The key, to find the node in a cluster.
    package var keyName: String { key }

    /// The store has counted.
    /// - Returns: Whether the number is another than before.
    package mutating func counted(_ answer: Int64) -> Bool {
        let before = count
        // An answer that cannot be says nothing; what was known stays known, also while the store is gone.
        if answer >= 1, answer <= Self.most { count = Int(answer) }
        return count != before
    }
}
