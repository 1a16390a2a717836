import SluicePolicies
import Testing

@Suite("A wrong policy file")
struct PolicyDiagnosticTests {
    /// A rule's keys, or a whole file, and what is said of it.
    struct Fault: CustomTestStringConvertible {
        let text: MarkedText
        let messages: [String]

        init(rule keys: String, _ messages: String...) {
            text = .rule(keys)
            self.messages = messages
        }

        init(_ file: String, _ messages: String...) {
            text = MarkedText(file)
            self.messages = messages
        }

        var testDescription: String { messages.joined(separator: "; ") }
    }

    @Test("says where, what, and what was probably meant", arguments: limits + rules + structure + words + syntax)
    func faults(_ fault: Fault) {
        let diagnostics = fault.text.diagnostics
        #expect(diagnostics.map(\.fullMessage) == fault.messages)
        #expect(diagnostics.map(\.position) == fault.text.positions)
    }

    private static let limits = [
        Fault(
            rule: "by: [], limit: ¦5 per 10", "'10' lacks a unit: ns, us, ms, s, m, h, d or w (did you mean '10s'?)"),
        Fault(rule: "by: [], limit: ¦5", "'5' lacks a span of time (did you mean '5 per 10s'?)"),
        Fault(rule: "by: [], limit: ¦", "expected a limit such as '5 per 10s', found nothing"),
        Fault(rule: "by: [], limit: ¦5 every 10s", "expected a limit such as '5 per 10s', found '5 every 10s'"),
        Fault(rule: "by: [], limit: ¦0 per 10s", "0 is too small; the least is 1"),
        Fault(rule: "by: [], limit: ¦-5 per 10s", "'-5' is negative; the least is 1"),
        Fault(rule: "by: [], limit: ¦1e3 per 10s", "expected a whole number, found '1e3'"),
        Fault(rule: "by: [], limit: ¦5 per minut", "'minut' is no span of time (did you mean 'minute'?)"),
        Fault(
            rule: "by: [], limit: ¦99999999999999999999 per 1s",
            "'99999999999999999999' is too large; the most is 9223372036854775807"),
        Fault(
            rule: "by: [], limit: ¦9223372036854775807 per 1s",
            "policy 'p', rule 'r': the limit is 9223372036854775807; token-bucket counts to 4294967296 at most"),
        Fault(
            rule: "by: [], limit: ¦5 per month",
            "a month has no fixed length; write days, such as 30d, or 'algorithm: quota' for calendar months"),
        Fault(
            rule: "by: [], algorithm: quota, limit: ¦5 per 24h",
            "a quota counts by one of day, week, month, not by '24h' (did you mean '5 per day'?)"),
        Fault(
            rule: "by: [], algorithm: quota, limit: ¦5 per hour",
            "a quota counts by one of day, week, month, not by 'hour'"),
        Fault(
            rule: "by: [], limit: 5 per 1s, algorithm: ¦tocken-bucket",
            "'algorithm' is one of token-bucket, sliding-log, sliding-window, fixed-window, quota, not 'tocken-bucket'"
                + " (did you mean 'token-bucket'?)"),
        Fault(
            rule: "by: [], limit: 5 per 1s, algorithm: ¦cooldown",
            "'cooldown' is a key of its own: write 'cooldown:' in place of 'limit:'"),
        Fault(
            rule: "by: [], limit: 5 per 1s, algorithm: sliding-log, ¦burst: 9",
            "'burst' is what a token-bucket holds; sliding-log has none"),
        Fault(
            rule: "by: [], limit: 5 per 1d, ¦timezone: Europe/Berlin",
            "'timezone' is a quota's; token-bucket counts spans of time"),
        Fault(
            rule: "by: [], limit: 5 per day, algorithm: quota, timezone: ¦Europe/Berln",
            "unknown time zone 'Europe/Berln'; use an IANA name such as Europe/Berlin (did you mean 'Europe/Berlin'?)"),
        Fault(
            rule: "by: [], cooldown: 1s, ¦limit: 5 per 1s",
            "rule 'r' has both 'cooldown' and 'limit'; make it two rules"),
        Fault(
            rule: "by: [], cooldown: 1s, ¦lease: 5s, ¦extend: true",
            "'lease' goes with 'concurrency', not with 'cooldown', in rule 'r'",
            "'extend' goes with 'debounce', not with 'cooldown', in rule 'r'"),
        Fault(
            "policies: {p: {rules: [¦{name: r, by: []}]}}",
            "rule 'r' has no limit: give it one of 'limit', 'debounce', 'cooldown', 'concurrency', 'unlimited'"),
        Fault(rule: "by: [], unlimited: ¦false", "'unlimited: false' is no limit; leave it out"),
        Fault(rule: "by: [], limit: ¦unlimited", "'unlimited' is a key of its own here: write 'unlimited: true'"),
        Fault(rule: "by: [], concurrency: ¦0", "0 is too small; the least is 1"),
        Fault(
            rule: "by: [], concurrency: ¦99999",
            "policy 'p', rule 'r': the limit is 99999; concurrency counts to 16384 at most"),
        Fault(rule: "by: [], debounce: ¦[2s]", "expected a span of time for 'debounce', such as 10s, found a list"),
        Fault(rule: "by: [], cooldown: ¦6000w", "policy 'p', rule 'r': the period exceeds a hundred years"),
    ]

    private static let rules = [
        Fault(
            rule: "by: [], cooldown: 1s, ¦algoritm: quota",
            "unknown key 'algoritm' in rule 'r' (did you mean 'algorithm'?)"),
        Fault(
            "policies: {p: {rules: [¦{by: user, cooldown: 1s}]}}", "rule 1 of policy 'p' has no 'name:'"),
        Fault(
            "policies: {p: {rules: [¦{name: r, cooldown: 1s}]}}",
            "rule 'r' has no 'by:'; write 'by: []' to count all callers together"),
        Fault(rule: "by: [user, ¦user], cooldown: 1s", "'user' is listed twice"),
        Fault(
            rule: "by: [], cooldown: 1s, mode: ¦shadows",
            "'mode' is one of enforce, shadow, not 'shadows' (did you mean 'shadow'?)"),
        Fault(rule: "by: [], cooldown: 1s, cost: ¦0", "0 is too small; the least is 1"),
        Fault(rule: "by: [], cooldown: 1s, cost: ¦much", "expected a whole number, found 'much'"),
        Fault(
            rule: "by: [], limit: 5 per 1s, borrow: ¦atuo",
            "'borrow' is 'auto' or a whole number, not 'atuo' (did you mean 'auto'?)"),
        Fault(rule: "by: [], limit: 5 per 1s, borrow: ¦0", "0 is too small; the least is 1"),
        Fault(rule: "by: [], limit: 5 per 1s, borrow: ¦5x", "expected a whole number, found '5x'"),
        Fault(
            rule: "by: [], limit: 5 per 1s, borrow: ¦6",
            "rule 'r': it borrows 6 at a time, but its limit holds 5; borrow less, or auto"),
        Fault(
            rule: "by: [], limit: 5 per 1h, algorithm: sliding-log, borrow: ¦auto",
            "rule 'r': sliding-log cannot be borrowed; borrow goes with token-bucket, fixed-window and quota"),
        Fault(
            rule: "by: [a], limit: 5 per 1h, borrow: ¦auto, overrides: [{when: {a: b}, cooldown: 1s}]",
            "rule 'r': an override's cooldown cannot be borrowed; "
                + "borrow goes with token-bucket, fixed-window and quota"),
        Fault(
            rule: "by: [], limit: 5 per 1h, borrow: ¦auto, penalty: {ban: 1h}",
            "rule 'r': a rule with a penalty cannot borrow, for its store must see every denial; "
                + "leave out one of them"),
        Fault(rule: "by: [], cooldown: 1s, replaces: ¦r", "rule 'r' cannot replace itself"),
        Fault(rule: "by: [], cooldown: 1s, replaces: [¦flood]", "no rule is named 'flood'"),
        Fault(
            "policies: {p: {rules: [{name: flood, by: [], cooldown: 1s},\n"
                + " {name: x, by: [], cooldown: 1s, replaces: ¦floods}]}}",
            "no rule is named 'floods' (did you mean 'flood'?)"),
        Fault(
            "policies: {p: {rules: [{name: a, by: [], cooldown: 1s},\n {name: ¦a, by: [], cooldown: 1s}]}}",
            "a rule named 'a' is already given in line 1"),
        Fault(
            rule: "by: [], cooldown: 1s, when: ¦{}",
            "an empty condition is met by everything; name a key or leave it out"),
        Fault(rule: "by: [], cooldown: 1s, when: {user: ¦[]}", "the list of patterns for 'user' is empty"),
        Fault(rule: "by: [], cooldown: 1s, when: {user: ¦}", "expected a pattern for 'user', found nothing"),
        Fault(
            rule: "by: [], cooldown: 1s, when: {ip: ¦10.0.0.0/33}",
            "'10.0.0.0/33' is not a network; write it as 10.0.0.0/8 or 2001:db8::/32"),
        Fault(
            rule: "by: [], cooldown: 1s, when: ¦vip",
            "expected a condition such as '{user: \"vip-*\"}' for 'when', found 'vip'"),
        Fault(
            rule: "by: [], cooldown: 1s, penalty: ¦{after: 3}",
            "the penalty of rule 'r' has neither 'ban' nor 'shrink'"),
        Fault(
            rule: "by: [], cooldown: 1s, penalty: {ban: 1h, ¦shrink: true}",
            "the penalty of rule 'r' has both 'ban' and 'shrink'; a penalty is one of them"),
        Fault(
            rule: "by: [], cooldown: 1s, penalty: {ban: 1h, max: ¦1m, ¦recover: 1s}",
            "'max' is shorter than the first ban", "'recover' goes with 'shrink', not with 'ban'"),
        Fault(rule: "by: [], cooldown: 1s, penalty: {ban: 1h, after: ¦16384}", "'after' is at most 16383"),
        Fault(
            rule: "by: [], cooldown: 1s, penalty: {shrink: ¦false}",
            "'shrink: false' is no penalty; leave the penalty out"),
        Fault(
            rule: "by: [a, b], cooldown: 1s, overrides: ¦{42: 5s}",
            "rule 'r' does not count by exactly one key; write a list of overrides: "
                + "'- {when: {user: \"42\"}, limit: 5 per 10s}'"),
        Fault(
            rule: "by: [a], cooldown: 1s, overrides: [¦{cooldown: 5s}]", "an override of rule 'r' has no 'when:'"),
        Fault(
            rule: "by: [a], cooldown: 1s, overrides: {¦when: {a: b}, cooldown: ¦x}",
            "overrides with 'when' are a list; begin each with '- '",
            "expected a span of time such as 10s or 1h30m, found 'x'"),
    ]

    private static let structure = [
        Fault("¦", "the file is empty; it begins with 'policies:'"),
        Fault("¦# nothing\n", "the file is empty; it begins with 'policies:'"),
        Fault("¦[a]", "expected a map of keys for the file, found a list"),
        Fault(
            "¦¦polices: {}", "the file has no 'policies:'",
            "unknown key 'polices' in the file (did you mean 'policies'?)"),
        Fault("policies: ¦{}", "expected a map of policies by name, found an empty one"),
        Fault("policies:¦", "expected a map of policies by name, found nothing"),
        Fault("policies: ¦[{name: a}]", "expected a map of policies by name, found a list"),
        Fault("policies: {a: ¦}", "expected a map of keys for policy 'a', found nothing"),
        Fault("policies: {a: ¦{strict: true}}", "policy 'a' has no 'rules:'"),
        Fault("policies: {a: {rules: ¦[]}}", "policy 'a' has no rules; leave it out or give it one"),
        Fault("policies: {a: {rules: ¦{x: y}}}", "expected a list of rules in policy 'a', found a map"),
        Fault("policies: {¦\"\": {rules: [{name: r, by: [], cooldown: 1s}]}}", "a policy needs a name"),
        Fault(
            "policies: {a: {rules: [{name: r, by: [], cooldown: 1s}]},\n ¦a: {rules: []}}",
            "'a' is already given in line 1"),
        Fault(
            "policies: {a: {rules: [{name: r, by: [], 'cooldown': 1s, ¦\"cooldown\": 2s}]}}",
            "'cooldown' is already given in line 1"),
        Fault(
            "policies: {a: {allow: ¦{user: x}, rules: [{name: r, by: [], cooldown: 1s}]}}",
            "'allow' is a list of conditions such as '- {user: \"admin-*\"}', not a map"),
        Fault("policies: {? ¦[a]\n : b}", "a key must be text, not a list"),
    ]

    private static let words = [
        Fault(rule: "by: [], unlimited: ¦yes", "'unlimited' is true or false, not 'yes' (did you mean 'true'?)"),
        Fault(
            rule: "by: [], debounce: 1s, extend: ¦off",
            "'extend' is true or false, not 'off' (did you mean 'false'?)"),
        Fault(
            rule: "by: [], debounce: 1s, extend: ¦\"true\"",
            "'extend' is true or false, not 'true' (did you mean 'true'?)"),
        Fault(
            "policies: {p: {on-store-failure: ¦locale, rules: [{name: r, by: [], cooldown: 1s}]}}",
            "'on-store-failure' is one of deny, allow, local, not 'locale' (did you mean 'local'?)"),
    ]

    private static let syntax = [
        Fault(rule: "by: [], cooldown: 1s, when: {user: ¦*}", "text that begins with '*' needs quotes: \"*\""),
        Fault(rule: "by: [], cooldown: 1s, when: {user: ¦*bot}", "text that begins with '*' needs quotes: \"*bot\""),
        Fault(rule: "by: [], cooldown: ¦@1s", "'@' cannot begin a value; put the value in quotes"),
        Fault("policies:\n  a: b¦: c", "': ' cannot stand here; put text that contains it in quotes"),
        Fault("policies:\n¦\tp:\n", "tabs cannot indent YAML; use spaces"),
        Fault("policies: {a: ¦\u{7}}", "the control character U+0007 is not allowed in YAML"),
        Fault("policies: {}\n¦---\npolicies: {}", "a policy file is one document; a second one begins here"),
        Fault("policies: {¦<<: {a: b}}", "merge keys ('<<') are not supported; write the values out"),
        Fault(rule: "by: [], cooldown: ¦!span 1s", "the tag '!span' is not supported"),
    ]
}
