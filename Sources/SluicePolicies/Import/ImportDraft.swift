internal import Sluice

/// A policy file in the making: policies, and remarks that become comments.
struct ImportDraft {
    /// A policy and what is to be said of it.
    struct PolicyDraft {
        let name: String
        var remarks: [String] = []
        var rules: [RuleDraft] = []
        /// How the server answers proxies that ask for this policy, if it is written down.
        var authorize: AuthorizeDraft?
    }

    /// A rule and what is to be said of it.
    struct RuleDraft {
        var rule: Rule
        var remarks: [String] = []
    }

    /// `server: authorize:` of a policy.
    struct AuthorizeDraft {
        var denialStatus: Int?
        var descriptor: [(key: String, value: String)] = []
    }

    /// What is said of the whole.
    var remarks: [String] = []
    var policies: [PolicyDraft] = []

    /// How many remarks there are.
    var remarkCount: Int {
        policies.reduce(remarks.count) { sum, policy in
            policy.rules.reduce(sum + policy.remarks.count) { $0 + $1.remarks.count }
        }
    }
}

extension ImportDraft {
    private static let width = 110

    /// The policy file.
    /// - Parameter source: Of what it is made, for its first line.
    func text(madeOf source: String) -> String {
        var text = Self.comment("Made by `sluice config import` of \(source).", margin: "")
        for remark in remarks { text += "#\n" + Self.comment(remark, margin: "") }
        text += authorizeText + "policies:\n"
        for policy in policies {
            text += "\n" + policy.remarks.map { Self.comment($0, margin: "  ") }.joined()
            text += "  \(YAMLWriter.scalar(policy.name)):\n    rules:\n"
            for rule in policy.rules {
                text += rule.remarks.map { Self.comment($0, margin: "      ") }.joined() + Self.text(of: rule.rule)
            }
        }
        return text
    }

    private var authorizeText: String {
        let answers = policies.filter { $0.authorize != nil }
        guard !answers.isEmpty else { return "" }
        var text = "server:\n  authorize:\n"
        for policy in answers {
            guard let authorize = policy.authorize else { continue }
            var entries: [(key: String, value: DocumentValue)] = []
            if let status = authorize.denialStatus { entries.append(("deny-with", .number(Int64(status)))) }
            if !authorize.descriptor.isEmpty {
                entries.append(("descriptor", .map(authorize.descriptor.map { ($0.key, .word($0.value)) })))
            }
            text += "    \(YAMLWriter.scalar(policy.name)): \(YAMLWriter.inline(.map(entries)))\n"
        }
        return text
    }

    /// A rule in one line, or in one for each of its keys.
    private static func text(of rule: Rule) -> String {
        guard case .map(let entries) = rule.document else { return "" }
        let line = "      - \(YAMLWriter.inline(.map(entries)))\n"
        if line.count <= width, rule.overrides.isEmpty { return line }
        return entries.enumerated().map { index, entry in
            let dash = index == 0 ? "      - " : "        "
            if case .list(let elements) = entry.value, entry.key == "overrides" {
                return "\(dash)\(entry.key):\n"
                    + elements.map { "          - \(YAMLWriter.inline($0))\n" }.joined()
            }
            return "\(dash)\(entry.key): \(YAMLWriter.inline(entry.value))\n"
        }.joined()
    }

    /// A text as comment lines of at most `width` columns, where its words allow it.
    static func comment(_ text: String, margin: String) -> String {
        text.split(separator: "\n").map { paragraph in
            var lines = ["\(margin)#"]
            // Spaces at the beginning are those of code that is shown.
            let indentation = paragraph.prefix { $0 == " " }
            for word in String(paragraph.dropFirst(indentation.count)).printable.split(separator: " ") {
                let last = lines[lines.count - 1]
                if last.count + word.count + 1 > width, last.count > margin.count + 1 {
                    lines.append("\(margin)# \(indentation)\(word)")
                } else {
                    lines[lines.count - 1] += last.count == margin.count + 1 ? " \(indentation)\(word)" : " \(word)"
                }
            }
            return lines.joined(separator: "\n") + "\n"
        }.joined()
    }
}
