import Foundation
import Sluice
import Testing

@testable import SluiceReplay

@Suite("Reports")
struct ReportTests {
    private static let attack = "</title><script>alert(1)</script>\"'&\u{1b}[31m\u{202e}"

    private func report() throws -> ReplayReport {
        let lines = (0..<50).map { SampleLog.line(address: "10.0.0.\($0 % 7)", seconds: 1_767_312_000 + Int64($0)) }
        let hostile = "\(Self.attack) - - [02/Jan/2026:00:00:09 +0000] \"GET / HTTP/1.1\" 200 1\n"
        let log = try TemporaryLog(lines.joined() + hostile + hostile + hostile + Self.attack + "\n")
        let policy = Policy(
            "web <1>",
            rules: [
                Rule("few & far", by: .ip, .tokenBucket(1, per: .minutes(1))),
                Rule("gap", by: .ip, .cooldown(.seconds(5))),
                Rule("held", .concurrency(3)),
            ])
        return try Replay(policy: policy).run([log.path])
    }

    @Test("The JSON has the promised names and whole numbers")
    func contract() throws {
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(report().json().utf8)) as? [String: Any])
        for name in ["requests", "malformed", "allowed", "denied", "callers", "callers_denied"] {
            #expect(object[name] is Int, "\(name)")
        }
        #expect(object["requests"] as? Int == 53 && object["malformed"] as? Int == 1)
        let rules = try #require(object["rules"] as? [[String: Any]])
        #expect(rules.count == 3)
        for rule in rules {
            #expect(rule["policy"] as? String == "web <1>" && rule["rule"] is String)
            #expect(rule["denied"] is Int && rule["callers_denied"] is Int)
        }
    }

    @Test("A request that several rules deny counts for each of them, and once for the whole")
    func severalRules() throws {
        let report = try report()
        #expect(report.rules[0].denied > 0 && report.rules[1].denied > 0)
        #expect(report.denied < report.rules[0].denied + report.rules[1].denied)
        #expect(report.denied >= max(report.rules[0].denied, report.rules[1].denied))
    }

    @Test("The page is whole, loads and runs nothing, and lets nothing out of the log through")
    func page() throws {
        let page = try report().html()
        #expect(!page.contains("<script") && !page.contains("alert(1)</"))
        #expect(!page.contains("\u{1b}") && !page.contains("\u{202e}"))
        for word in ["http:", "https:", "url(", "@import", "src=", "href="] { #expect(!page.contains(word), "\(word)") }
        #expect(page.contains("&lt;script&gt;") && page.contains("few &amp; far") && page.contains("web &lt;1&gt;"))
        #expect(page.contains("prefers-color-scheme: dark") && page.contains("<title>"))
        for tag in ["svg", "section", "table", "ul", "div", "header", "title", "rect", "text", "td", "th", "tr", "li"] {
            func count(_ text: String) -> Int { page.components(separatedBy: text).count - 1 }
            #expect(count("<\(tag)>") + count("<\(tag) ") == count("</\(tag)>"), "\(tag)")
        }
    }

    @Test("The text's columns line up, and it has colours only if asked")
    func text() throws {
        let report = try report()
        let plain = report.text()
        #expect(!plain.contains("\u{1b}"))
        #expect(report.text(colors: true).contains("\u{1b}[1m"))
        let lines = plain.split(separator: "\n", omittingEmptySubsequences: false)
        let heading = try #require(lines.first { $0.contains("requests  denied") })
        let end = heading.distance(from: heading.startIndex, to: heading.range(of: "requests")!.upperBound)
        let row = try #require(lines.first { $0.contains("few & far") })
        #expect(row[row.index(row.startIndex, offsetBy: end - 1)].isNumber)
        #expect(row[row.index(row.startIndex, offsetBy: end)] == " ")
    }

    @Test("A log of nothing gives a report of nothing")
    func empty() throws {
        let log = try TemporaryLog("")
        let report = try Replay(policy: Policy("p", rules: [Rule("r", by: .ip, .tokenBucket(1, per: .seconds(1)))]))
            .run([log.path])
        #expect(report.requests == 0 && report.rules[0].untouched.isEmpty)
        #expect(!report.text().isEmpty && !report.html().isEmpty && !report.json().isEmpty)
    }

    @Test(
        "Numbers read well",
        arguments: [
            (NumberText.grouped(1_234_567), "1,234,567"), (NumberText.grouped(-1_000), "-1,000"),
            (NumberText.grouped(999), "999"),
            (NumberText.percent(1, of: 100_000), "<0.1 %"), (NumberText.percent(99_999, of: 100_000), ">99.9 %"),
            (NumberText.percent(0, of: 5), "0 %"), (NumberText.percent(1, of: 3), "33.3 %"),
            (NumberText.percent(0, of: 0), "–"),
            (NumberText.fixed(3.05, decimals: 2), "3.05"), (TimeText.span(seconds: 11_645), "3 h 14 min"),
            (TimeText.iso8601(-1), "1969-12-31T23:59:59.999999999Z"), (CountScale.label(1_250_000), "1250 k"),
        ])
    func numbers(_ text: String, _ expected: String) {
        #expect(text == expected)
    }

    @Test("Axes have round steps that reach the greatest value")
    func axes() {
        for most: Int64 in [0, 1, 3, 7, 10, 11, 99, 12_345, .max / 4] {
            let ticks = CountScale(upTo: most).ticks
            #expect(ticks.first == 0 && ticks.last! >= most && (2...6).contains(ticks.count), "\(most) \(ticks)")
        }
        for span: Int64 in [1, 59, 600, 11_645, 300_000, 40_000_000] {
            let ticks = TimeScale(from: 1_767_312_001, to: 1_767_312_001 + span, atMost: 8).ticks
            #expect(ticks.count <= 9, "\(span)")
        }
    }
}
