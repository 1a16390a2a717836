import Logging
import ServiceLifecycle
import Sluice
import SluiceHTTP
import SluicePolicies
import SluiceRedis
import Synchronization

/// Puts overrides in force and ends them when their time is over. What was used stays used.
final class OverrideKeeper: Service {
    let book: OverrideBook
    private let engine: DecisionEngine
    private let logger: Logger
    /// The policies as they were read, without overrides; one change at a time.
    private let policies: Mutex<[Policy]>

    private static let interval: Duration = .milliseconds(250)

    init(_ book: OverrideBook, engine: DecisionEngine, logger: Logger) {
        self.book = book
        self.engine = engine
        self.logger = logger
        policies = Mutex(engine.limiter.policies)
    }

    /// The present moment.
    var now: Timestamp { engine.limiter.now() }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while (try? await Task.sleep(for: Self.interval)) != nil {
                guard book.removeExpired(at: engine.limiter.now()) else { continue }
                do {
                    try policies.withLock { try replace(with: $0) }
                    logger.notice("An override has ended")
                } catch {
                    logger.error("The policies stay as they were: \(error)")
                }
            }
        }
    }

    /// Other policies were read: they are put in force, with the overrides that still have a rule.
    /// - Throws: `SluiceError`; the old ones stay in force then.
    func replacePolicies(with policies: [Policy]) throws {
        try self.policies.withLock { known in
            try replace(with: policies)
            known = policies
        }
    }

    /// Gives a rule other numbers for a while.
    /// - Throws: `Problem` for a rule that does not exist or numbers that mean nothing.
    func begin(
        policy name: String, rule ruleName: String, limit text: String, for span: Duration
    ) throws -> OverrideBook.Override {
        try policies.withLock { policies in
            let rule = try Self.rule(ruleName, of: name, among: policies)
            let override: OverrideBook.Override
            do {
                override = OverrideBook.Override(
                    policy: name, rule: ruleName, limit: try rule.limit.reading(text), original: rule.limit,
                    until: engine.limiter.now() + span)
            } catch let fault as TextFault {
                throw Problem.badRequest("'limit': \(fault.message)")
            }
            let older = book.all.first { $0.policy == name && $0.rule == ruleName }
            try book.add(override)
            do {
                try replace(with: policies)
            } catch let error as SluiceError {
                _ = book.remove(policy: name, rule: ruleName)
                if let older { try book.add(older) }
                throw Problem.badRequest("'limit': \(error.message)")
            }
            logger.notice(
                "A limit was changed by hand",
                metadata: [
                    "policy": "\(name)", "rule": "\(ruleName)", "limit": "\(override.limit.words)",
                    "instead_of": "\(rule.limit.words)", "seconds": "\(span / .seconds(1))",
                ])
            return override
        }
    }

    /// Gives a rule its own numbers again.
    /// - Throws: `Problem` if it has them.
    func end(policy: String, rule: String) throws -> OverrideBook.Override {
        try policies.withLock { policies in
            guard let override = book.remove(policy: policy, rule: rule) else {
                throw Problem.notFound("Rule '\(rule)' of policy '\(policy)' has its own limit; nothing to end.")
            }
            try replace(with: policies)
            logger.notice("An override was ended by hand", metadata: ["policy": "\(policy)", "rule": "\(rule)"])
            return override
        }
    }

    private func replace(with policies: [Policy]) throws {
        try book.apply(to: policies) { policies in
            switch engine {
            case .memory(let limiter): try limiter.replacePolicies(with: policies)
            case .shared(let limiter): try limiter.replacePolicies(with: policies)
            }
        }
    }

    private static func rule(_ rule: String, of policy: String, among policies: [Policy]) throws -> Rule {
        guard let found = policies.first(where: { $0.name == policy }) else {
            let hint = NearestWord.hint(for: policy, among: policies.map(\.name))
            throw Problem.notFound("unknown policy '\(policy)'\(hint)")
        }
        guard let rule = found.rules.first(where: { $0.name == rule }) else {
            let hint = NearestWord.hint(for: rule, among: found.rules.map(\.name))
            throw Problem.notFound("policy '\(policy)' has no rule '\(rule)'\(hint)")
        }
        return rule
    }
}
