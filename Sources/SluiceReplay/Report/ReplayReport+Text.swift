extension ReplayReport {
    /// The report for a terminal.
    /// - Parameter colors: Whether to use colours and weights.
    public func text(colors: Bool = false) -> String {
        let style = TerminalStyle(isColored: colors)
        var lines = summary(style)
        lines += [""] + ruleLines(style)
        if rules.contains(where: { !$0.untouched.isEmpty }) { lines += [""] + untouchedLines(style) }
        if requests > 0 { lines += [""] + timeLines(style) }
        if !busiest.isEmpty { lines += [""] + callerLines("Busiest", busiest, style) }
        if !mostDenied.isEmpty { lines += [""] + callerLines("Most denied", mostDenied, style) }
        if !malformedLines.isEmpty { lines += [""] + malformedLineLines(style) }
        if !notes.isEmpty { lines += [""] + notes.map { style.yellow("note: ") + VisibleText.of($0) } }
        return lines.joined(separator: "\n")
    }

    /// From when to when, or nothing.
    var spanText: String {
        guard let first = firstTime, let last = lastTime, let from = Self.seconds(first), let to = Self.seconds(last)
        else { return "" }
        return "\(first) – \(last) (\(TimeText.span(seconds: to - from)))"
    }

    /// `1 log (access)`
    var sourceText: String {
        let formats = Set(sources.map(\.format)).sorted().joined(separator: ", ")
        return "\(sources.count) log\(sources.count == 1 ? "" : "s") (\(formats))"
    }

    private static func seconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { LogTime.parse(UnsafeRawBufferPointer($0)) }.map { $0 / LogTime.nanosecondsPerSecond }
    }

    private func summary(_ style: TerminalStyle) -> [String] {
        let about = callersEstimated ? "about " : ""
        var table = TextTable([("", .left), ("", .right), ("", .right), ("", .left)])
        table.add(["requests", NumberText.grouped(requests), "", spanText])
        table.add(["allowed", NumberText.grouped(allowed), NumberText.percent(allowed, of: requests), ""])
        table.add(["denied", NumberText.grouped(denied), NumberText.percent(denied, of: requests), deniedDetail])
        table.add(["callers", NumberText.grouped(callers), "", "\(about)by \(callerKey)"])
        table.add([
            "affected", NumberText.grouped(callersDenied), NumberText.percent(callersDenied, of: callers),
            "callers of whom a request was denied",
        ])
        table.add(["malformed", NumberText.grouped(malformed), "", "of \(NumberText.grouped(lines)) lines"])
        if otherLines > 0 { table.add(["other", NumberText.grouped(otherLines), "", "lines that are no requests"]) }
        if outsideTime > 0 { table.add(["left out", NumberText.grouped(outsideTime), "", "requests of another time"]) }
        let rate = elapsedSeconds > 0 ? Double(lines) / elapsedSeconds : 0
        return [
            style.bold("Policy \(VisibleText.of(policy))")
                + style.dim(
                    "  \(sourceText), \(NumberText.fixed(elapsedSeconds, decimals: 2)) s, "
                        + "\(NumberText.fixed(rate, decimals: 0)) lines/s")
        ] + table.lines(TerminalStyle(isColored: false)).dropFirst()
    }

    private var deniedDetail: String {
        var parts: [String] = []
        if deniedByList > 0 { parts.append("\(NumberText.grouped(deniedByList)) by the deny list") }
        if deniedByFullStore > 0 { parts.append("\(NumberText.grouped(deniedByFullStore)) by a full store") }
        return parts.joined(separator: ", ")
    }

    private func ruleLines(_ style: TerminalStyle) -> [String] {
        var table = TextTable([
            ("rule", .left), ("limit", .left), ("by", .left), ("requests", .right), ("denied", .right), ("", .right),
            ("callers", .right), ("affected", .right), ("", .right),
        ])
        for rule in rules {
            table.add([
                VisibleText.of(rule.rule) + (rule.mode == "shadow" ? " (shadow)" : ""), rule.limit,
                rule.by.isEmpty ? "all" : VisibleText.of(rule.by.joined(separator: ", ")),
                NumberText.grouped(rule.requests), NumberText.grouped(rule.denied),
                NumberText.percent(rule.denied, of: rule.requests), NumberText.grouped(rule.callers),
                NumberText.grouped(rule.callersDenied), NumberText.percent(rule.callersDenied, of: rule.callers),
            ])
        }
        return [style.bold("Rules")] + table.lines(style)
    }

    private func untouchedLines(_ style: TerminalStyle) -> [String] {
        let shares = rules.first { !$0.untouched.isEmpty }?.untouched.map(\.percent) ?? []
        var table = TextTable(
            [("rule", .left), ("now", .left)] + shares.map { ("\(NumberText.short($0)) %", TextTable.Alignment.left) })
        for rule in rules where !rule.untouched.isEmpty {
            table.add([VisibleText.of(rule.rule), rule.limit] + rule.untouched.map(\.limit))
        }
        return [style.bold("Limits that would have let so many of the callers through untouched")] + table.lines(style)
    }

    private func timeLines(_ style: TerminalStyle) -> [String] {
        let shown = joined(toAtMost: 60)
        let most = (shown.map(\.requests).max() ?? 0, shown.map(\.denied).max() ?? 0)
        let width = TimeText.span(seconds: shown.count > 1 ? shown[1].start - shown[0].start : binSeconds)
        let first = TimeText.parts(shown[0].start)
        let last = TimeText.parts(shown[shown.count - 1].start)
        let axis = "\(first.date) \(first.time.dropLast(3))"
        let end = "\(last.date) \(last.time.dropLast(3))"
        let gap = String(repeating: " ", count: max(1, shown.count - axis.count - end.count))
        return [
            style.bold("When") + style.dim("  each column is \(width), UTC"),
            "  requests  " + Self.bars(shown.map(\.requests)) + "  at most \(NumberText.grouped(most.0))",
            "  denied    " + style.red(Self.bars(shown.map(\.denied))) + "  at most \(NumberText.grouped(most.1))",
            style.dim("            " + axis + (shown.count > 1 ? gap + end : "")),
        ]
    }

    /// The series with neighbouring bins joined until there are few enough.
    func joined(toAtMost count: Int) -> [Bin] {
        guard series.count > count else { return series }
        let factor = (series.count + count - 1) / count
        return stride(from: 0, to: series.count, by: factor).map { start in
            var bin = series[start]
            for other in series[start..<min(start + factor, series.count)].dropFirst() {
                bin.requests += other.requests
                bin.denied += other.denied
                for rule in bin.deniedByRule.indices { bin.deniedByRule[rule] += other.deniedByRule[rule] }
            }
            return bin
        }
    }

    /// One character each; whatever is not nothing can be seen.
    private static func bars(_ values: [Int64]) -> String {
        let blocks = Array(" ▁▂▃▄▅▆▇█")
        let most = max(1, values.max() ?? 1)
        return String(values.map { blocks[$0 == 0 ? 0 : max(1, Int((Double($0) / Double(most) * 8).rounded()))] })
    }

    private func callerLines(_ title: String, _ callers: [Caller], _ style: TerminalStyle) -> [String] {
        var table = TextTable([
            (callerKey, .left), ("requests", .right), ("denied", .right), ("", .right), ("mostly by", .left),
        ])
        for caller in callers {
            table.add([
                VisibleText.of(caller.caller, atMost: 48), NumberText.grouped(caller.requests),
                NumberText.grouped(caller.denied), NumberText.percent(caller.denied, of: caller.requests),
                VisibleText.of(caller.rule ?? ""),
            ])
        }
        return [style.bold(title)] + table.lines(style)
    }

    private func malformedLineLines(_ style: TerminalStyle) -> [String] {
        [style.bold("Malformed lines") + style.dim("  the first of \(NumberText.grouped(malformed))")]
            + malformedLines.flatMap { line in
                [
                    "  \(VisibleText.of(line.source)):\(line.line): \(line.reason)",
                    style.dim("      " + VisibleText.of(line.text)),
                ]
            }
    }
}
