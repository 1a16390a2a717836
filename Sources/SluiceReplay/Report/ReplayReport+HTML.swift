extension ReplayReport {
    /// The report as one page with charts, which loads nothing and runs nothing.
    public func html() -> String {
        var parts = [head, heading]
        if requests > 0 { parts += [timeSection] }
        if denied > 0 || rules.contains(where: { $0.denied > 0 }) { parts += [denialSection] }
        parts += [ruleSection]
        if !busiest.isEmpty { parts += [callerSection("Busiest callers", busiest)] }
        if !mostDenied.isEmpty { parts += [callerSection("Most denied callers", mostDenied)] }
        parts += [logSection]
        if !notes.isEmpty { parts += [noteSection] }
        parts.append(
            "<footer>Made by sluice replay. Times are UTC. A caller is untouched by a limit if none of its requests "
                + "would have been denied.</footer>\n</body>\n</html>\n")
        return parts.joined(separator: "\n")
    }

    private var head: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Replay of \(Markup.escape(policy))</title>
        <style>
        \(PageStyle.css)
        </style>
        </head>
        <body>
        """
    }

    private var heading: String {
        let about = callersEstimated ? "about " : ""
        let figures = [
            figure(NumberText.grouped(requests), "requests"),
            figure(NumberText.grouped(allowed), "allowed, \(NumberText.percent(allowed, of: requests))"),
            figure(
                NumberText.grouped(denied), "denied, \(NumberText.percent(denied, of: requests))", isBad: denied > 0),
            figure(about + NumberText.grouped(callers), "callers, by \(callerKey)"),
            figure(
                about + NumberText.grouped(callersDenied),
                "callers affected, \(NumberText.percent(callersDenied, of: callers))", isBad: callersDenied > 0),
            figure(NumberText.grouped(malformed), "malformed of \(NumberText.grouped(lines)) lines"),
        ]
        return """
            <h1>Policy \(Markup.escape(policy)) on \(Markup.escape(sourceText))</h1>
            <p class="soft">\(Markup.escape(spanText))</p>
            <div class="figures">
            \(figures.joined(separator: "\n"))
            </div>
            """
    }

    private func figure(_ value: String, _ words: String, isBad: Bool = false) -> String {
        "<div class=\"figure\(isBad ? " bad" : "")\"><b>\(Markup.escape(value))</b>"
            + "<span>\(Markup.sentence(words))</span></div>"
    }

    private var timeSection: String {
        let chart = SeriesChart(
            report: self, title: "Requests over time, allowed and denied", unit: "requests",
            layers: [
                .init(name: "allowed", style: "allowed", value: { $0.requests - $0.denied }),
                .init(name: "denied", style: "denied", value: { $0.denied }),
            ])
        return section(
            "Requests over time", legend([("allowed", "allowed"), ("denied", "denied")]) + "\n" + chart.markup)
    }

    private var denialSection: String {
        let denying = rules.indices.filter { rules[$0].denied > 0 }
        let layers = denying.enumerated().map { place, rule in
            SeriesChart.Layer(
                name: rules[rule].rule, style: Self.ruleStyle(place), value: { $0.deniedByRule[rule] })
        }
        let chart = SeriesChart(report: self, title: "Denials over time by rule", unit: "denials", layers: layers)
        let names = denying.enumerated().map { place, rule in
            (Self.ruleStyle(place), rules[rule].rule + (rules[rule].mode == "shadow" ? " (shadow)" : ""))
        }
        let words =
            denying.count > 1
            ? "<p class=\"soft\">A request that several rules deny counts for each of them.</p>\n" : ""
        return section("Denials over time, by rule", words + legend(names) + "\n" + chart.markup)
    }

    private static func ruleStyle(_ place: Int) -> String { "r\(min(place, PageStyle.ruleColors - 1))" }

    private func legend(_ entries: [(style: String, name: String)]) -> String {
        let items = entries.map { "<li><i class=\"\($0.style)\"></i>\(Markup.escape($0.name, atMost: 40))</li>" }
        return "<ul class=\"legend\">\(items.joined())</ul>"
    }

    private func section(_ title: String, _ body: String) -> String {
        "<section>\n<h2>\(Markup.escape(title))</h2>\n\(body)\n</section>"
    }

    private var ruleSection: String {
        section(
            "Rules",
            "<p class=\"soft\">The marks are the limits that would have let that share of a rule's callers through "
                + "untouched.</p>\n" + rules.map(card).joined(separator: "\n"))
    }

    private func card(_ rule: Rule) -> String {
        let by = rule.by.isEmpty ? "everybody together" : "by \(rule.by.joined(separator: ", "))"
        let tag = rule.mode == "shadow" ? " <span class=\"tag\">shadow</span>" : ""
        return """
            <div class="rule">
            <header><h3>\(Markup.escape(rule.rule))\(tag)</h3>\
            <span class="soft">\(Markup.escape("\(rule.limit), \(by)"))</span></header>
            <p>\(Markup.sentence(sentence(rule)))</p>
            \(untouchedMarkup(rule))
            </div>
            """
    }

    private func sentence(_ rule: Rule) -> String {
        guard rule.requests > 0 else { return "It applied to no request." }
        let about = rule.isEstimated ? "about " : ""
        return "\(NumberText.grouped(rule.denied)) of \(NumberText.grouped(rule.requests)) requests denied "
            + "(\(NumberText.percent(rule.denied, of: rule.requests))); "
            + "\(about)\(NumberText.grouped(rule.callersDenied)) of \(NumberText.grouped(rule.callers)) callers "
            + "affected (\(NumberText.percent(rule.callersDenied, of: rule.callers)))."
    }

    private func untouchedMarkup(_ rule: Rule) -> String {
        guard !rule.untouched.isEmpty else { return "" }
        let shares = rule.untouched.map { entry in
            "<div><dt>\(NumberText.short(entry.percent)) % untouched</dt><dd>\(Markup.escape(entry.limit))</dd></div>"
        }
        let chart = rule.ownNumber.map { UntouchedChart(rule: rule, own: $0, isGap: rule.isGap).markup + "\n" } ?? ""
        return chart + "<dl>\(shares.joined())</dl>"
    }

    private func callerSection(_ title: String, _ callers: [Caller]) -> String {
        let chart = CallerChart(callers: callers, title: title)
        return section(title, legend([("allowed", "allowed"), ("denied", "denied")]) + "\n" + chart.markup)
    }

    private var logSection: String {
        var rows = ["<tr><th>log</th><th>format</th><th class=\"n\">lines</th><th class=\"n\">malformed</th></tr>"]
        for source in sources {
            rows.append(
                "<tr><td class=\"log\">\(Markup.escape(source.name))</td><td>\(Markup.escape(source.format))</td>"
                    + "<td class=\"n\">\(NumberText.grouped(source.lines))</td>"
                    + "<td class=\"n\">\(NumberText.grouped(source.malformed))</td></tr>")
        }
        var body = "<div class=\"scroll\"><table>\n\(rows.joined(separator: "\n"))\n</table></div>"
        if !malformedLines.isEmpty {
            let lines = malformedLines.map {
                "<tr><td class=\"n\">\($0.line)</td><td>\(Markup.escape($0.reason))</td>"
                    + "<td class=\"log\">\(Markup.escape($0.text))</td></tr>"
            }
            body +=
                "\n<h2>Malformed lines, the first of \(NumberText.grouped(malformed))</h2>\n"
                + "<div class=\"scroll\"><table><tr><th class=\"n\">line</th><th>why</th><th>how it begins</th></tr>\n"
                + lines.joined(separator: "\n") + "\n</table></div>"
        }
        return section("Logs", body)
    }

    private var noteSection: String {
        section("Notes", "<ul class=\"notes\">\(notes.map { "<li>\(Markup.escape($0))</li>" }.joined())</ul>")
    }
}
