internal import Sluice

/// Makes policies of the `rate_limiting:` block of a Twitch bot's `config.yaml`.
///
/// The rest of the file is none of its business, and need not even be YAML that Sluice reads.
struct TwitchImport {
    private let log: DiagnosticLog
    private let fields: Fields

    /// What is not a limit, and what becomes of it.
    private static let others: [(key: String, remark: String)] = [
        ("cleanup_interval", "cells are freed as they expire, so there is nothing to clean up"),
        ("max_idle_time", "a caller who is not limited any more takes no memory"),
        ("llm_retry_delay", "waiting longer with each failure is a circuit breaker's business, not a limit's"),
        ("llm_backoff_multiplier", "see llm_retry_delay; a breaker doubles"),
        ("llm_backoff_max", "see llm_retry_delay"),
    ]
    private static let rateSuffix = "_rate_limit"
    private static let known =
        [
            "user_cooldown", "max_requests_per_user_hour", "max_concurrent_users", "wikipedia_rate_limit",
            "igdb_rate_limit",
        ]
        + others.map(\.key)

    static func draft(_ source: SourceText) throws(PolicyFileError) -> ImportDraft {
        guard let block = Self.block(of: source) else {
            throw PolicyFileError(.invalid, [source.diagnostic("the file has no 'rate_limiting:'", at: .start)])
        }
        let log = DiagnosticLog(SourceText(name: source.name, text: block))
        let root = try YAMLComposer.compose(log)
        var draft = ImportDraft()
        if let node = root?["rate_limiting"], let fields = fields(node, log) {
            draft = TwitchImport(log: log, fields: fields).draft()
        }
        try log.throwIfNotEmpty()
        return draft
    }

    /// The file with all lines but the block's made empty, so that places stay what they are.
    private static func block(of source: SourceText) -> String? {
        var indentation: Int?
        var isInside = false
        let lines = source.lines.map { line -> String in
            let margin = line.prefix { $0 == " " }.count
            let rest = String(line.dropFirst(margin))
            if indentation == nil, rest.hasPrefix("rate_limiting:") {
                (indentation, isInside) = (margin, true)
                return String(line)
            }
            let isNothing = rest.allSatisfy(\.isWhitespace) || rest.hasPrefix("#")
            if let indentation, !isNothing, margin <= indentation { isInside = false }
            return isInside ? String(line) : ""
        }
        return indentation == nil ? nil : lines.joined(separator: "\n")
    }

    /// Any service may have a rate; its name is before `_rate_limit`.
    private static func fields(_ node: YAMLNode, _ log: DiagnosticLog) -> Fields? {
        var known = Self.known
        if case .map(let entries) = node.content {
            known += entries.map(\.key).filter { $0.hasSuffix(rateSuffix) && $0 != rateSuffix }
        }
        return Fields(node, of: "'rate_limiting'", known: known, log)
    }

    // MARK: Policies

    private func draft() -> ImportDraft {
        var draft = ImportDraft()
        draft.remarks = Self.others.filter { fields[$0.key] != nil }.map { "\($0.key) has no equal: \($0.remark)." }
        let viewer = self.viewer()
        if !viewer.rules.isEmpty { draft.policies.append(viewer) }
        for key in fields.keys.sorted(by: { fields.position(of: $0) < fields.position(of: $1) }) {
            guard key.hasSuffix(Self.rateSuffix), let service = service(key) else { continue }
            draft.policies.append(service)
        }
        return draft
    }

    private func viewer() -> ImportDraft.PolicyDraft {
        var policy = ImportDraft.PolicyDraft(
            name: "viewer", remarks: ["Ask before a command is run: sluice check viewer user=NAME."])
        if let gap = decimal("user_cooldown") {
            if let gap = gap.seconds {
                policy.rules.append(.init(rule: Rule("cooldown", by: .user, .cooldown(gap))))
            } else {
                policy.remarks.append("user_cooldown is 0: nobody waits.")
            }
        }
        if let count = count("max_requests_per_user_hour") {
            let rule = Rule("hourly", by: .user, .slidingLog(count, per: .hours(1)))
            policy.rules.append(.init(rule: rule, remarks: ["In any hour, not only in each hour of the clock."]))
        }
        if let count = count("max_concurrent_users") {
            let remark = "Take a lease before the answer and release it after; a lost one ends after 30 s."
            policy.rules.append(.init(rule: Rule("at-once", .concurrency(count)), remarks: [remark]))
        }
        return policy
    }

    private func service(_ key: String) -> ImportDraft.PolicyDraft? {
        let name = String(key.dropLast(Self.rateSuffix.count))
        guard let rate = decimal(key) else { return nil }
        guard let (count, span) = rate.countAndSpan else {
            log.report("\(key.quoted) must be more than 0", at: fields.position(of: key))
            return nil
        }
        return ImportDraft.PolicyDraft(
            name: name,
            remarks: ["Ask before each call to \(name), and wait as long as the denial says."],
            rules: [.init(rule: Rule("calls", .slidingLog(count, per: span)))])
    }

    // MARK: Values

    private func count(_ key: String) -> Int64? {
        guard let node = fields[key] else { return nil }
        return PolicyFileReader(log: log).count(node, key)
    }

    private func decimal(_ key: String) -> DecimalText? {
        guard let node = fields[key] else { return nil }
        if let number = node.text.flatMap(DecimalText.init) { return number }
        log.report("\(key.quoted) is a number such as 10 or 0.5, not \(node.kind)", at: node.position)
        return nil
    }
}
