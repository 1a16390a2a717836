/// What each of a few callers sent, and how much of it was denied, as horizontal bars.
struct CallerChart {
    let callers: [ReplayReport.Caller]
    let title: String

    /// For wide and for narrow screens; the page shows one of them.
    var markup: String { svg(width: 960, label: 230, "wide") + "\n" + svg(width: 380, label: 132, "narrow") }

    private func svg(width: Double, label: Double, _ style: String) -> String {
        let most = Double(max(1, callers.map(\.requests).max() ?? 1))
        let row = 24.0
        let values = 96.0
        let plot = width - label - values
        var parts: [String] = []
        for (index, caller) in callers.enumerated() {
            let y = Double(index) * row
            let full = max(1, plot * Double(caller.requests) / most)
            let denied = caller.denied > 0 ? max(1, plot * Double(caller.denied) / most) : 0
            let tip =
                "\(VisibleText.of(caller.caller)): \(NumberText.grouped(caller.requests)) requests, "
                + "\(NumberText.grouped(caller.denied)) denied "
                + "(\(NumberText.percent(caller.denied, of: caller.requests)))"
                + (caller.rule.map { ", mostly by \($0)" } ?? "")
            let characters = Int(label / 7.4)
            let name = VisibleText.of(caller.caller, atMost: characters)
            parts.append(Markup.text(label - 10, y + 16, name, "name end"))
            parts.append(Markup.rectangle(label, y + 5, full - denied, 14, "allowed"))
            parts.append(Markup.rectangle(label + full - denied, y + 5, denied, 14, "denied"))
            parts.append(Markup.text(label + full + 6, y + 16, amount(caller), "tick"))
            parts.append(Markup.rectangle(0, y, width, row, "hover", title: tip))
        }
        return Markup.svg(width, max(row, Double(callers.count) * row), "chart \(style)", label: title, parts)
    }

    private func amount(_ caller: ReplayReport.Caller) -> String {
        caller.denied > 0
            ? "\(CountScale.label(caller.denied)) of \(CountScale.label(caller.requests))"
            : CountScale.label(caller.requests)
    }
}
