import Testing

@testable import SluiceBench

@Suite("A report as a page")
struct BenchPageTests {
    private static let hostile = "<script>alert(\"1\")</script> & 'x'"

    /// A report with everything that a page can show.
    private var full: BenchReport {
        var report = BenchReport.example([])
        report.machine.processor = Self.hostile
        var table = BenchTable(
            "a table", "users", columns: ["time", "rate", "memory"], source: "others", notes: [Self.hostile])
        table.add(
            Self.hostile,
            [
                Figure(Rounds([90, 95, 98, 100, 105, 110, 120]), .nanoseconds, published: 5e6, bound: 50),
                Figure(Rounds([5e6]), .perSecond, published: 3e6, bound: 1e6), Figure(Rounds([4e3]), .bytes),
            ])
        table.add("nothing", [nil, Figure(Rounds(), .perSecond), Figure(Rounds([0]), .bytes)])
        report.sections = [
            .init(suite: "stores", tables: [table]), .init(suite: "a suite of the future", tables: [table]),
        ]
        return report
    }

    @Test("closes every element, gives each a name of its own, and lets no text be markup")
    func wellFormed() {
        let record = BenchRecord(commit: Self.hostile, report: full)
        for page in [BenchPage.html(full), BenchPage.html(full, history: [record, record])] {
            #expect(Self.unbalanced(page) == nil)
            #expect(!page.contains("<script") && page.contains("&lt;script&gt;"))
            let names = page.matches(of: /\sid="([^"]*)"/).map(\.output.1)
            #expect(names.count > 10 && Set(names).count == names.count)
        }
        #expect(Self.unbalanced("<p><b>x</p>") != nil && Self.unbalanced("<p>") != nil)
    }

    @Test("loads and runs nothing")
    func selfContained() {
        let page = BenchPage.html(full, history: [BenchRecord(commit: "a", report: full)])
        for word in ["http:", "https:", "src=", "url(", "@import", "javascript", " onclick", "<link"] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.contains("default-src 'none'") && page.contains("prefers-color-scheme: dark"))
    }

    @Test("has tables whose rows and columns are headed")
    func tables() {
        let page = BenchPage.html(full)
        #expect(page.contains("<th scope=\"col\" rowspan=\"2\">users</th>"))
        #expect(page.contains("<th scope=\"colgroup\" colspan=\"3\" class=\"group\"><span>time</span></th>"))
        #expect(page.contains("<th scope=\"row\">nothing</th>"))
        #expect(page.contains("<b>100 ns</b><small>90–120 ns</small>"))
        #expect(page.contains("<td class=\"n soft\">5 ms</td>"))
        #expect(page.contains("not measured</td>"))
        // Of the times and the rates there are three cells, of the memory there is one.
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("<tr><th scope=\"row\"") }
        #expect(rows.count == 4)
        for row in rows { #expect(row.matches(of: /<td/).count == 7, "\(row)") }
    }

    @Test("tells in words whether a pass mark was met")
    func marks() {
        let page = BenchPage.html(full)
        #expect(page.contains("at most 50 ns</span><small class=\"missed\">✗ missed</small>"))
        #expect(page.contains("at least 1,000,000/s</span><small class=\"met\">✓ met</small>"))
        #expect(page.contains("<b>2 of 4</b>") && page.contains("<b>2</b><span>pass marks missed</span>"))
    }

    @Test("draws charts for those who see them, and tells the others what they show")
    func charts() {
        let page = BenchPage.html(full)
        // Of each of three units one for wide and one for narrow screens, in both suites.
        let images = page.matches(of: /<svg [^>]*role="img" aria-labelledby="(\S+) (\S+)">/)
        #expect(images.count == 12)
        for image in images {
            #expect(page.contains("<title id=\"\(image.output.1)\">a table: "))
            #expect(page.contains("<desc id=\"\(image.output.2)\">"))
        }
        #expect(page.contains("published elsewhere, not measured here"))
        #expect(page.contains(": 5 ms published elsewhere</title>"))
        // 100 ns and 5 ms are further apart than two decades, 5 and 3 millions are not.
        #expect(page.contains("time: shorter is better; logarithmic scale"))
        #expect(page.contains("<span>rate: more is better</span>"))
    }

    @Test("draws a line for each figure that was stored before")
    func lines() throws {
        let now = BenchReport.example(100, time: 300)
        let records = [("aaa", 120.0, 100.0), ("bbb", 110, 200)].map {
            BenchRecord(commit: $0.0, report: .example($0.1, time: $0.2))
        }
        #expect(!BenchPage.html(now).contains("<details"))
        let page = BenchPage.html(now, history: records)
        #expect(
            page.contains("Over 3 measurements") && page.contains("3 commits, from 120 ns at aaa to 100 ns at now."))
        // A report that is stored already is not drawn twice.
        let stored = BenchPage.html(now, history: records + [BenchRecord(commit: "ccc", report: now)])
        #expect(stored.contains("3 commits, from 120 ns at aaa to 100 ns at ccc."))
        #expect(!stored.contains("at now"))
        // What only this report has has no line.
        let other = BenchPage.html(.example([("two", .spread(1))]), history: records)
        #expect(!other.contains("<details"))
    }

    @Test("is made of nothing too")
    func empty() {
        #expect(Self.unbalanced(BenchPage.html(.example([]))) == nil)
        var report = BenchReport.example([("none", nil), ("nan", Figure(Rounds(), .bytes))])
        #expect(Self.unbalanced(BenchPage.html(report)) == nil)
        report.sections = []
        report.machine.isOptimized = false
        let page = BenchPage.html(report)
        #expect(Self.unbalanced(page) == nil && page.contains("not optimized"))
    }

    @Test("says first what its figures are worth: the Redis they were measured on, and that a run did less than usual")
    func worth() {
        var report = full
        #expect(report.warnings.isEmpty && !BenchPage.html(report).contains("class=\"warning\""))
        report.scale = 0.01
        report.redis = [MeasuredRedis(name: "Redis 7.0.15", masters: 3, place: Self.hostile)]
        let page = BenchPage.html(report)
        #expect(Self.unbalanced(page) == nil)
        #expect(page.contains("<p class=\"warning\">Only 0.01 of the usual work was done (--scale)"))
        #expect(page.contains("Redis 7.0.15, a cluster of 3 masters, at ") && !page.contains("<script"))
    }

    @Test("has axes with round numbers, from 0 or in decades where values are far apart")
    func scales() {
        let plain = ValueScale(covering: [30, 97])
        #expect(!plain.isLogarithmic && plain.ticks == [0, 50, 100])
        #expect(plain.place(50) == 0.5 && plain.place(0) == 0 && plain.place(.nan) == 0 && plain.place(200) == 1)
        let wide = ValueScale(covering: [20, 9_000])
        #expect(wide.isLogarithmic && wide.ticks == [10, 100, 1_000, 10_000])
        #expect(wide.place(10) == 0 && wide.place(10_000) == 1 && abs(wide.place(1_000) - 2.0 / 3) < 1e-9)
        // Even the least has some length, and many decades have few marks.
        #expect(ValueScale(covering: [10, 9_000]).place(10) > 0)
        #expect(ValueScale(covering: [1e-3, 1e12]).ticks.count <= 9)
        #expect(ValueScale(covering: []).ticks.count > 1 && ValueScale(covering: [0, .nan]).ticks.count > 1)
        for value in [1.0, 1.5, 7, 12, 99, 100, 1_001, 123_456_789, 0.004] {
            let scale = ValueScale(covering: [value])
            #expect(scale.ticks[0] == 0 && (0.5...1).contains(scale.place(value)), "\(value): \(scale.ticks)")
        }
    }

    @Test(
        "tells an interval's unit once",
        arguments: [
            (90.0, 120.0, Figure.Unit.nanoseconds, "90–120 ns"), (900, 1_200, .nanoseconds, "900 ns–1.2 µs"),
            (4e5, 5e5, .perSecond, "400,000–500,000/s"), (7, 7, .bytes, "7 B"), (0.01, 0.02, .share, "1–2 %"),
            (3, 4, .count, "3–4"),
        ])
    func intervals(low: Double, high: Double, unit: Figure.Unit, text: String) {
        #expect(TableMarkup.text(low...high, unit) == text)
    }

    /// The first element that is not closed where it should be; `nil` if all are.
    private static func unbalanced(_ page: String) -> String? {
        var open: [Substring] = []
        for match in page.matches(of: /<(\/?)([a-zA-Z0-9]+)[^>]*?(\/?)>/) {
            let (_, end, name, isEmpty) = match.output
            if name == "meta" || !isEmpty.isEmpty { continue }
            if end.isEmpty {
                open.append(name)
            } else if open.popLast() != name {
                return "\(match.output.0)"
            }
        }
        return open.last.map(String.init)
    }
}
