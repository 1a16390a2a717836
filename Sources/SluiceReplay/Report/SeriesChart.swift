/// Requests and denials over time, as stacked bars.
struct SeriesChart {
    /// A part of each bar, from the bottom up.
    struct Layer {
        var name: String
        var style: String
        var value: (ReplayReport.Bin) -> Int64
    }

    /// The size in the image's own units, which on a screen of that width are pixels.
    struct Size {
        var width: Double
        var height: Double
        var bins: Int
        var style: String

        static let wide = Size(width: 960, height: 300, bins: 240, style: "wide")
        static let narrow = Size(width: 380, height: 240, bins: 80, style: "narrow")
    }

    let report: ReplayReport
    let title: String
    let unit: String
    let layers: [Layer]

    private static let left = 52.0
    private static let right = 14.0
    private static let top = 26.0
    private static let bottom = 30.0

    /// The chart for wide and for narrow screens; the page shows one of them.
    var markup: String { [Size.wide, .narrow].map(svg).joined(separator: "\n") }

    private func svg(_ size: Size) -> String {
        let bins = report.joined(toAtMost: size.bins)
        guard let first = bins.first else { return "" }
        let width = bins.count > 1 ? bins[1].start - first.start : report.binSeconds
        let scale = CountScale(upTo: bins.map(total).max() ?? 0)
        let plot = (width: size.width - Self.left - Self.right, height: size.height - Self.top - Self.bottom)
        let step = plot.width / Double(bins.count)
        let base = Self.top + plot.height
        var parts = axis(scale, size, plot.height, unit: "\(unit) per \(Self.perWords(width))")
        let end = first.start + Int64(bins.count) * width
        for tick in TimeScale(from: first.start, to: end, atMost: Int64(size.width / 95)).ticks {
            let x = Self.left + plot.width * Double(tick.second - first.start) / Double(max(1, end - first.start))
            parts.append(Markup.line(x, base, x, base + 5, "axis"))
            let isLast = x > size.width - 40
            let style = isLast ? "tick end" : "tick middle"
            parts.append(Markup.text(isLast ? size.width - 2 : x, base + 19, tick.label, style))
        }
        for (index, bin) in bins.enumerated() {
            let x = Self.left + Double(index) * step
            parts += bars(of: bin, x, step, base, plot.height / Double(scale.top), tip(bin, width))
        }
        parts.append(Markup.line(Self.left, base, size.width - Self.right, base, "axis"))
        return Markup.svg(size.width, size.height, "chart \(size.style)", label: title, parts)
    }

    /// `min` for 1 min, `5 min`
    private static func perWords(_ seconds: Int64) -> String {
        let words = TimeText.span(seconds: seconds)
        return words.hasPrefix("1 ") && words.count { $0 == " " } == 1 ? String(words.dropFirst(2)) : words
    }

    private func total(_ bin: ReplayReport.Bin) -> Int64 { layers.reduce(0) { $0 + $1.value(bin) } }

    private func axis(_ scale: CountScale, _ size: Size, _ height: Double, unit: String) -> [String] {
        var parts = [Markup.text(0, 12, unit, "tick")]
        for tick in scale.ticks {
            let y = Self.top + height * (1 - Double(tick) / Double(scale.top))
            if tick > 0 { parts.append(Markup.line(Self.left, y, size.width - Self.right, y, "grid")) }
            parts.append(Markup.text(Self.left - 8, y + 4, CountScale.label(tick), "tick end"))
        }
        return parts
    }

    private func bars(
        of bin: ReplayReport.Bin, _ x: Double, _ step: Double, _ base: Double, _ unit: Double, _ tip: String
    ) -> [String] {
        var parts: [String] = []
        var y = base
        let width = max(0.8, step > 4 ? step - 1 : step)
        for layer in layers {
            let value = layer.value(bin)
            guard value > 0 else { continue }
            // Whatever is not nothing can be seen.
            let height = max(0.7, Double(value) * unit)
            y -= height
            parts.append(Markup.rectangle(x, y, width, height, layer.style))
        }
        // One area of the whole height to point at, however low the bars are.
        if !parts.isEmpty { parts.append(Markup.rectangle(x, Self.top, step, base - Self.top, "hover", title: tip)) }
        return parts
    }

    private func tip(_ bin: ReplayReport.Bin, _ width: Int64) -> String {
        let (date, time) = TimeText.parts(bin.start)
        let values = layers.filter { $0.value(bin) > 0 }.map { "\($0.name) \(NumberText.grouped($0.value(bin)))" }
        return "\(date) \(time) UTC, \(TimeText.span(seconds: width)): \(values.joined(separator: ", "))"
    }
}
