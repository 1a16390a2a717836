/// A rule's own limit among those that would have let so many of its callers through, on a logarithmic axis.
struct UntouchedChart {
    let rule: ReplayReport.Rule
    /// The rule's own count, or its gap in seconds.
    let own: Double
    let isGap: Bool

    /// For wide and for narrow screens; the page shows one of them.
    var markup: String { svg(width: 960, "wide") + "\n" + svg(width: 380, "narrow") }

    /// Shares with the same limit are one mark.
    private var marks: [(value: Double, shares: [Double], limit: String)] {
        var marks: [(value: Double, shares: [Double], limit: String)] = []
        for entry in rule.untouched {
            guard let value = isGap ? entry.gapSeconds : entry.count.map(Double.init), value > 0 else { continue }
            if let last = marks.indices.last, marks[last].value == value {
                marks[last].shares.append(entry.percent)
            } else {
                marks.append((value, [entry.percent], entry.limit))
            }
        }
        return marks
    }

    private func svg(width: Double, _ style: String) -> String {
        let marks = marks
        guard !marks.isEmpty else { return "" }
        let scale = LogScale(covering: marks.map(\.value) + [own], isGap: isGap)
        let (left, right, y) = (24.0, 24.0, 44.0)
        func x(_ value: Double) -> Double { left + (width - left - right) * scale.place(value) }
        var parts = [Markup.line(left, y, width - right, y, "axis")]
        for tick in scale.ticks {
            parts.append(Markup.line(x(tick), y, x(tick), y + 5, "axis"))
            parts.append(Markup.text(x(tick), y + 19, label(tick), "tick middle"))
        }
        parts.append(Markup.line(x(own), 18, x(own), y, "own"))
        parts.append(Markup.text(x(own), 12, "now", "own-label \(anchor(x(own), width))"))
        var lastLabel = -Double.infinity
        var isRaised = false
        for mark in marks {
            let place = x(mark.value)
            let words = shares(mark.shares)
            // Neighbours that would touch stand on two lines.
            isRaised = place - lastLabel < Double(words.count) * 7.5 + 6 && !isRaised
            lastLabel = place
            parts.append(Markup.text(place, isRaised ? 24 : 36, words, "tick \(anchor(place, width))"))
            parts.append(
                "<circle cx=\"\(Markup.number(place))\" cy=\"\(Markup.number(y))\" r=\"5\" class=\"mark\"><title>"
                    + Markup.escape("\(mark.limit) lets \(words) of the callers through untouched")
                    + "</title></circle>")
        }
        let label = "Limits of rule \(rule.rule) that leave so many callers untouched"
        return Markup.svg(width, 68, "chart strip \(style)", label: label, parts)
    }

    /// `50–90 %`
    private func shares(_ shares: [Double]) -> String {
        let ends = shares.count > 1 ? [shares[0], shares[shares.count - 1]] : shares
        return ends.map(NumberText.short).joined(separator: "–") + " %"
    }

    private func anchor(_ x: Double, _ width: Double) -> String { x < 40 ? "" : x > width - 40 ? "end" : "middle" }

    private func label(_ value: Double) -> String {
        guard isGap else { return CountScale.label(Int64(value)) }
        return value < 1 ? "\(NumberText.short(value * 1_000)) ms" : TimeText.span(seconds: Int64(value))
    }
}
