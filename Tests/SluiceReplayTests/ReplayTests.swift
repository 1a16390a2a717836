import Foundation
import Sluice
import Testing

@testable import SluiceReplay

@Suite("Replay")
struct ReplayTests {
    private func report(
        _ logs: [TemporaryLog], _ rules: [Rule], deny: [Condition] = [], isStrict: Bool = false,
        _ change: (inout Replay.Options) -> Void = { _ in }
    ) throws -> ReplayReport {
        var options = Replay.Options()
        options.cells = 1 << 16
        change(&options)
        let policy = Policy("web", rules: rules, deny: deny, isStrict: isStrict)
        return try Replay(policy: policy, options: options).run(logs.map(\.path))
    }

    /// A made log, out of order by up to a minute, for all tests that compare.
    private static let sample = SampleLog.access(requests: 3_000, addresses: 120, span: 7_200, seed: 42)

    @Test("An independent script agrees on every figure of a rule", arguments: [60, 600, 3_600])
    func independent(_ window: Int64) throws {
        let script = """
            { split($4, t, ":"); second = t[2] * 3600 + t[3] * 60 + t[4]
              cell = $1 " " int(second / \(window)); seen[$1] = 1
              if (++count[cell] > 3) { denied++; who[$1] = 1 } }
            END { print NR, denied + 0, length(seen), length(who) }
            """
        let log = try TemporaryLog(Self.sample)
        let expected = String(decoding: try Program.run("awk", [script, log.path]), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        let report = try report([log], [Rule("few", by: .ip, .fixedWindow(3, per: .seconds(window)))])
        #expect([report.requests, report.denied, report.callers, report.callersDenied] == expected)
        let rule = report.rules[0]
        #expect([rule.requests, rule.denied, rule.callers, rule.callersDenied] == expected)
        #expect(expected[1] > 0)
    }

    @Test("The figures add up")
    func sums() throws {
        let rules = [
            Rule("flood", by: .ip, .tokenBucket(2, per: .seconds(20))),
            Rule("site", .slidingWindow(50, per: .minutes(1))),
            Rule("watch", by: .ip, .slidingLog(1, per: .minutes(1)), mode: .shadow),
        ]
        let report = try report([try TemporaryLog(Self.sample + "nonsense\n")], rules)
        #expect(report.requests == 3_000 && report.malformed == 1 && report.lines == 3_001)
        #expect(report.allowed + report.denied == report.requests)
        #expect(report.series.reduce(0) { $0 + $1.requests } == Int64(report.requests))
        #expect(report.series.reduce(0) { $0 + $1.denied } == Int64(report.denied))
        for (index, rule) in report.rules.enumerated() {
            #expect(report.series.reduce(0) { $0 + $1.deniedByRule[index] } == Int64(rule.denied))
        }
        #expect(report.rules[0].denied + report.rules[1].denied >= report.denied)
        #expect(report.rules[2].mode == "shadow" && report.rules[2].denied > report.denied)
        #expect(report.busiest[0].requests >= report.busiest[1].requests)
        #expect(report.mostDenied.allSatisfy { $0.denied > 0 && $0.rule != nil })
    }

    @Test(
        "A limit told for a share of callers leaves that share untouched, and one less does not",
        arguments: [
            Limit.tokenBucket(2, per: .seconds(20)), .slidingLog(2, per: .minutes(5)),
            .fixedWindow(2, per: .minutes(5)),
            .slidingWindow(2, per: .minutes(5)),
        ])
    func untouched(_ limit: Limit) throws {
        let log = try TemporaryLog(Self.sample)
        let told = try report([log], [Rule("r", by: .ip, limit)]).rules[0].untouched
        #expect(told.map(\.percent) == [50, 90, 99, 99.9])
        for entry in told {
            let count = try #require(entry.count)
            for (tried, isEnough) in [(count, true), (count - 1, false)] where tried > 0 {
                var other = limit
                (other.count, other.burst) = (tried, tried)
                let rule = try report([log], [Rule("r", by: .ip, other)]).rules[0]
                let share = 100 * Double(rule.callers - rule.callersDenied) / Double(rule.callers)
                #expect((share >= entry.percent) == isEnough, "\(entry) \(tried) \(share)")
            }
        }
    }

    @Test("Order within a minute does not matter: the log is decided in the order of its times")
    func order() throws {
        var lines = Self.sample.split(separator: "\n").map(String.init)
        let rules = [Rule("r", by: .ip, .slidingLog(2, per: .minutes(1)))]
        let asWritten = try report([try TemporaryLog(lines.joined(separator: "\n"))], rules)
        lines.sort { ($0.split(separator: " ")[3], $0) < ($1.split(separator: " ")[3], $1) }
        let sorted = try report([try TemporaryLog(lines.joined(separator: "\n") + "\n")], rules)
        #expect(asWritten.denied == sorted.denied && asWritten.late == 0)
        #expect(asWritten.mostDenied == sorted.mostDenied && asWritten.series == sorted.series)
    }

    @Test("Several logs, one of them compressed, are merged by time")
    func merged() throws {
        let lines = Self.sample.split(separator: "\n").map { $0 + "\n" }
        let even = try TemporaryLog(lines.indices.filter { $0 % 2 == 0 }.map { lines[$0] }.joined()).compressed()
        let odd = try TemporaryLog(lines.indices.filter { $0 % 2 == 1 }.map { lines[$0] }.joined())
        let rules = [Rule("r", by: .ip, .tokenBucket(2, per: .minutes(1)))]
        let whole = try report([try TemporaryLog(Self.sample)], rules)
        let parts = try report([even, odd], rules)
        #expect(parts.requests == whole.requests && parts.late == 0)
        #expect(parts.denied == whole.denied && parts.mostDenied == whole.mostDenied)
        #expect(parts.sources.map(\.format) == ["access", "access"])
    }

    @Test("Files in the wrong order in one stream: each is decided as a recording of its own")
    func restart() throws {
        let start = LogTime.days(year: 2026, month: 1, day: 1) * 86_400
        let days = (0..<3).map { day in
            (0..<200).map { SampleLog.line(address: "10.0.0.1", seconds: start + day * 86_400 + $0 * 30) }.joined()
        }
        let rules = [Rule("r", by: .ip, .fixedWindow(100, per: .hours(1)))]
        let forwards = try report([try TemporaryLog(days.joined())], rules)
        let backwards = try report([try TemporaryLog(days.reversed().joined())], rules)
        #expect(backwards.restarts == 2 && forwards.restarts == 0)
        #expect(backwards.denied == forwards.denied && backwards.series == forwards.series)
    }

    @Test("A single line that is hours late is decided with those around it")
    func late() throws {
        let start = LogTime.days(year: 2026, month: 1, day: 1) * 86_400 + 80_000
        var lines = (0..<4_000).map { SampleLog.line(address: "10.0.0.1", seconds: start + $0) }
        lines.insert(SampleLog.line(address: "10.0.0.2", seconds: start - 50_000), at: 3_500)
        let rules = [Rule("r", by: .ip, .tokenBucket(1, per: .hours(1)))]
        let report = try report([try TemporaryLog(lines.joined())], rules)
        #expect(report.late == 1 && report.restarts == 0 && report.requests == 4_001)
        // The one of each address that a bucket of one an hour lets through, and one more after an hour.
        #expect(report.denied == 3_998)
    }

    @Test("Only the asked for time is decided")
    func span() throws {
        let rules = [Rule("r", by: .ip, .tokenBucket(1, per: .hours(1)))]
        let report = try report([try TemporaryLog(Self.sample)], rules) {
            $0.from = Timestamp(logTime: "2026-01-02T00:30:00Z")
            $0.until = Timestamp(logTime: "2026-01-02T01:00:00Z")
        }
        #expect(report.requests + report.outsideTime == 3_000)
        let (first, last) = (try #require(report.firstTime), try #require(report.lastTime))
        #expect(report.outsideTime > 0 && first >= "2026-01-02T00:30:00Z" && last < "2026-01-02T01:00:00Z")
    }

    @Test("Deny lists, missing callers, strict policies and long values are told apart")
    func oddities() throws {
        let long = String(repeating: "x", count: 3_000)
        let text = (0..<2).map { index in
            SampleLog.line(address: "10.0.0.\(index)", seconds: 1_767_312_000, path: "/\(long)\(index)")
        }.joined()
        let log = try TemporaryLog(text)
        let byPath = try report([log], [Rule("r", by: .path, .tokenBucket(1, per: .hours(1)))])
        #expect(byPath.denied == 0 && byPath.rules[0].callers == 2 && byPath.shortenedValues == 2)
        let listed = try report(
            [log], [Rule("r", by: .ip, .tokenBucket(1, per: .hours(1)))], deny: [[.ip: "10.0.0.1"]])
        #expect(listed.deniedByList == 1 && listed.denied == 1 && listed.rules[0].denied == 0)
        let strict = try report([log], [Rule("r", by: .user, .tokenBucket(1, per: .hours(1)))], isStrict: true)
        #expect(strict.undecided == 2 && strict.requests == 0)
        let nobody = try report([log], [Rule("r", by: .ip, .tokenBucket(1, per: .hours(1)))]) { $0.caller = .user }
        #expect(nobody.withoutCaller == 2 && nobody.callers == 0 && nobody.rules[0].callers == 2)
    }

    @Test("With more callers than are counted exactly, totals stay exact and shares are near")
    func bounded() throws {
        let lines = (0..<40_000).map { index in
            let address = "10.\(index / 2 / 250).\(index / 2 % 250).1"
            return SampleLog.line(address: address, seconds: 1_767_312_000 + Int64(index / 100))
        }
        // Each address sends twice in a row; those with an even number are let through twice.
        let rules = [
            Rule(
                "r", by: .ip, .tokenBucket(1, per: .hours(1)),
                overrides: [
                    .init([.ip: "10.1*"], .tokenBucket(2, per: .hours(1)))
                ])
        ]
        let log = try TemporaryLog(lines.joined())
        let exact = try report([log], rules)
        let sampled = try report([log], rules) { $0.exactCallers = 1_024 }
        #expect(exact.callers == 20_000 && !exact.callersEstimated)
        #expect(sampled.callersEstimated && sampled.rules[0].isEstimated)
        #expect(sampled.requests == exact.requests && sampled.denied == exact.denied)
        #expect(sampled.rules[0].denied == exact.rules[0].denied)
        #expect(abs(sampled.callers - 20_000) < 4_000)
        let share = Double(sampled.callersDenied) / Double(sampled.callers)
        #expect(abs(share - Double(exact.callersDenied) / 20_000) < 0.1)
        #expect(sampled.notes.contains { $0.contains("estimated") })
    }
}
