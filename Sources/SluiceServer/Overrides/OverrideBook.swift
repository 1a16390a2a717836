import Sluice
import SluiceHTTP
import SluicePolicies
import Synchronization

/// Limits that were changed by hand for a while, by the rules they stand in for.
final class OverrideBook: Sendable {
    /// A limit that stands in for a rule's own.
    struct Override: Sendable, Hashable {
        var policy: String
        var rule: String
        var limit: Limit
        /// The rule's own.
        var original: Limit
        var until: Timestamp
    }

    private let overrides = Mutex<[Override]>([])

    /// The most overrides at a time.
    static let most = 64

    /// Those in force.
    var all: [Override] { overrides.withLock { $0 } }

    /// Adds one, in the place of an older one of the same rule.
    /// - Throws: `Problem` if there are too many.
    func add(_ override: Override) throws {
        try overrides.withLock { overrides in
            overrides.removeAll { $0.policy == override.policy && $0.rule == override.rule }
            guard overrides.count < Self.most else {
                throw Problem.badRequest("There are \(Self.most) overrides already; end one of them first.")
            }
            overrides.append(override)
        }
    }

    /// Ends one; `nil` if there is none.
    func remove(policy: String, rule: String) -> Override? {
        overrides.withLock { overrides in
            guard let place = overrides.firstIndex(where: { $0.policy == policy && $0.rule == rule }) else {
                return nil
            }
            return overrides.remove(at: place)
        }
    }

    /// Ends those whose time is over.
    /// - Returns: Whether there were any.
    func removeExpired(at now: Timestamp) -> Bool {
        overrides.withLock { overrides in
            let count = overrides.count
            overrides.removeAll { $0.until <= now }
            return overrides.count != count
        }
    }

    /// Puts policies in force with the overrides, and ends those whose rule is gone or has another algorithm now.
    /// - Throws: What `putInForce` throws; the overrides stay as they were then, as do the policies.
    func apply(to policies: [Policy], _ putInForce: ([Policy]) throws -> Void) throws {
        try overrides.withLock { overrides in
            var policies = policies
            let kept = overrides.filter { override in
                guard let place = policies.firstIndex(where: { $0.name == override.policy }),
                    let rule = policies[place].rules.firstIndex(where: { $0.name == override.rule }),
                    policies[place].rules[rule].limit.algorithm == override.limit.algorithm
                else { return false }
                policies[place].rules[rule].limit = override.limit
                return true
            }
            try putInForce(policies)
            overrides = kept
        }
    }
}
