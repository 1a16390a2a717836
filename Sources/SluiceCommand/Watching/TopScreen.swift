/// What `sluice top` shows: made of two summaries, for a width and a height.
struct TopScreen {
    /// By what rules are ordered.
    enum Order: String, CaseIterable {
        case denied, decisions, name

        var next: Order { Order.allCases[(Order.allCases.firstIndex(of: self)! + 1) % Order.allCases.count] }
    }

    let server: String
    let before: ServerSummary
    let now: ServerSummary
    var order = Order.denied
    var colors = false
    /// Above and below the tables.
    private static let otherLines = 9

    private var seconds: Double { max(0.001, now.time - before.time) }

    /// The lines, none longer than `width`, and no more than `height`.
    func lines(width: Int, height: Int) -> [String] {
        let rates = rules()
        let room = max(6, height - Self.otherLines - now.nodes.count)
        let ruleRows = min(rates.count, max(3, now.callers.isEmpty ? room : room * 2 / 3))
        var lines = head(rates)
        lines += [""] + table(rates, ruleRows)
        let callerRows = max(0, min(now.callers.count, room - ruleRows))
        if callerRows > 0 { lines += [""] + callers(callerRows) }
        return lines.prefix(max(1, height)).map { clipped($0, to: width) }
    }

    private struct Rate {
        var rule: ServerSummary.Rule
        var decided: Double
        var denied: Double
        var shadowDenied: Double
    }

    private func rules() -> [Rate] {
        let old = Dictionary(before.rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        func rate(_ rule: ServerSummary.Rule, _ number: KeyPath<ServerSummary.Rule, Int>) -> Double {
            // A number that falls is a restart.
            Double(max(0, rule[keyPath: number] - (old[rule.name]?[keyPath: number] ?? 0))) / seconds
        }
        let rates = now.rules.map { rule in
            Rate(
                rule: rule, decided: rate(rule, \.decided), denied: rate(rule, \.denied) + rate(rule, \.impossible),
                shadowDenied: rate(rule, \.shadowDenied))
        }
        switch order {
        case .name: return rates
        case .denied: return rates.sorted { ($0.denied, $0.decided) > ($1.denied, $1.decided) }
        case .decisions: return rates.sorted { $0.decided > $1.decided }
        }
    }

    private func head(_ rates: [Rate]) -> [String] {
        let decided = rates.reduce(0) { $0 + $1.decided }
        let denied = rates.reduce(0) { $0 + $1.denied }
        var lines = [
            strong("sluice \(now.version)  \(server)  \(now.store)  up \(Figures.span(now.uptime))"),
            "\(Figures.rate(decided)) decisions/s, \(Figures.rate(denied)) denied/s"
                + (decided > 0 ? " (\(Figures.share(denied, of: decided)))" : ""),
        ]
        let latency = now.latency.filter { $0.count > 0 }.map {
            "\($0.name) \(Figures.duration($0.p50)) / \(Figures.duration($0.p99))"
        }
        lines.append(
            "p50 / p99: " + (latency.isEmpty ? "nothing measured in the last 10 s" : latency.joined(separator: "   ")))
        if let cells = now.cells {
            lines.append(
                "\(Figures.count(cells.held)) cells of \(Figures.count(cells.limit)), \(Figures.bytes(cells.bytes))"
                    + (cells.dropped > 0 ? warned(", \(Figures.count(cells.dropped)) dropped") : ""))
        }
        for node in now.nodes {
            let text =
                "\(node.node): \(node.ready) of \(node.lanes) connections, \(node.queue) waiting, "
                + "breaker \(node.breaker)"
            lines.append(node.ready < node.lanes || node.breaker != "closed" ? warned(text) : text)
        }
        let busy = max(0, now.process.cpuSeconds - before.process.cpuSeconds) / seconds
        lines.append(
            "CPU \(Figures.share(busy, of: 1)) of \(now.process.threads)00 %"
                + (now.process.residentBytes.map { ", \(Figures.bytes($0))" } ?? "")
                + (now.process.openFiles.map { ", \($0) files" } ?? ""))
        let load = now.load
        lines.append(
            load.succeeded
                ? "policies of \(Figures.time(load.time)): \(load.policies), with \(load.rules) rules"
                : warned("policies as before \(Figures.time(load.time)): \(load.message ?? "")"))
        for override in now.overrides {
            lines.append(
                warned("\(override.policy)/\(override.rule) is \(override.limit) until \(Figures.time(override.until))")
            )
        }
        return lines
    }

    private func table(_ rates: [Rate], _ rows: Int) -> [String] {
        let table = AlignedTable(
            titles: ["POLICY", "RULE", "DECISIONS/S", "DENIED/S", "DENIED", "SHADOW/S", "USE 0-100 %", "LIMIT"],
            rows: rates.prefix(rows).map { rate in
                [
                    rate.rule.policy, rate.rule.rule.isEmpty ? "-" : rate.rule.rule,
                    Figures.rate(rate.decided), Figures.rate(rate.denied),
                    Figures.share(rate.denied, of: rate.decided),
                    rate.rule.shadowDenied > 0 ? Figures.rate(rate.shadowDenied) : "", Figures.bars(rate.rule.use),
                    rate.rule.limit + (rate.rule.mode == "enforce" ? "" : " (\(rate.rule.mode))"),
                ]
            })
        var lines = table.text(colors: colors).split(separator: "\n").map(String.init)
        if rates.count > rows { lines.append("… and \(rates.count - rows) more") }
        return lines
    }

    private func callers(_ rows: Int) -> [String] {
        AlignedTable(
            titles: ["DENIED MOST", "POLICY", "RULE", "DENIED", "AT MOST TOO MANY"],
            rows: now.callers.prefix(rows).map { caller in
                [
                    caller.caller, caller.policy, caller.rule.isEmpty ? "-" : caller.rule,
                    Figures.count(caller.denied), caller.error > 0 ? Figures.count(caller.error) : "",
                ]
            }
        ).text(colors: colors).split(separator: "\n").map(String.init)
    }

    private func strong(_ text: String) -> String { colors ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
    private func warned(_ text: String) -> String { colors ? "\u{1b}[33m\(text)\u{1b}[0m" : text }

    /// Cuts a line to a width, without counting or cutting what sets colours.
    private func clipped(_ line: String, to width: Int) -> String {
        var shown = ""
        var count = 0
        var isEscape = false
        for character in line {
            if character == "\u{1b}" { isEscape = true }
            if isEscape || count < width { shown.append(character) }
            if isEscape { isEscape = character != "m" } else { count += 1 }
        }
        return shown
    }
}
