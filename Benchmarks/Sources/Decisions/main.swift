import Sluice

// usage: decisions PATH COUNT
// Makes COUNT decisions along one path and exits. Scripts/allocation-counts.sh runs it twice under callgrind,
// with N and with 2 N, so that whatever differs is the price of N decisions.

// A call is remembered for 3.6 s, so that no cell expires meanwhile.
let period = Duration.hours(1_000)
let limiter = try Limiter {
    Policy("one") { Rule("calls", by: .user, .tokenBucket(1_000_000, per: period)) }
    Policy("few") { Rule("calls", by: .user, .tokenBucket(1, per: period)) }
    Policy("log") { Rule("calls", by: .user, .slidingLog(100_000, per: period)) }
    Policy("two") {
        Rule("user", by: .user, .tokenBucket(1_000_000, per: period))
        Rule("both", by: .user, .chat, .tokenBucket(1_000_000, per: period))
    }
    Policy("four") {
        for name in ["second", "minute", "hour", "day"] {
            Rule(name, by: .user, .tokenBucket(1_000_000, per: period))
        }
    }
}

guard CommandLine.arguments.count == 3, let count = Int(CommandLine.arguments[2]) else {
    fatalError("usage: decisions known|new|denied|log|four|descriptor|explain COUNT")
}

/// The name of a caller, always of the same length, short enough that Swift keeps it in place.
func name(_ number: Int) -> String { "user:\(1_000_000 + number)" }

/// Decides about 1,000 callers in turn.
func decide(_ policy: PolicyHandle, expecting isAllowed: Bool) throws {
    let names = (0..<1_000).map(name)
    for name in names { _ = try policy.decide(name) }
    for index in 0..<count {
        guard try policy.decide(names[index % names.count]).isAllowed == isAllowed else { fatalError("wrong decision") }
    }
}

switch CommandLine.arguments[1] {
case "known": try decide(limiter.policy("one"), expecting: true)
case "denied": try decide(limiter.policy("few"), expecting: false)
case "log": try decide(limiter.policy("log"), expecting: true)
case "four": try decide(limiter.policy("four"), expecting: true)
case "new":
    let policy = try limiter.policy("one")
    // As many for N as for 2 N, so that making them cancels out.
    let names = (0..<100_000).map(name)
    for index in 0..<count {
        guard try policy.decide(names[index]).isAllowed else { fatalError("wrong decision") }
    }
case "descriptor":
    let policy = try limiter.policy("two")
    let request: Descriptor = [.user: name(7), .chat: name(8)]
    for _ in 0..<count {
        guard try policy.decide(request).isAllowed else { fatalError("wrong decision") }
    }
case "explain":
    let request: Descriptor = [.user: name(7)]
    for _ in 0..<count {
        guard try limiter.explain("one", request).rules.count == 1 else { fatalError("wrong decision") }
    }
default: fatalError("no path is called \(CommandLine.arguments[1])")
}
