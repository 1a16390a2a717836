/// Where the bars of a chart lie: beside their names, or on narrow screens below them.
struct BarLayout {
    /// How thick a bar is.
    static let bar = 13.0
    /// What values take on the right, and a character about.
    private static let (values, character) = (92.0, 6.6)

    let width: Double
    let isBeside: Bool
    private let left: Double
    private let tops: [Double]
    private let rowStarts: Set<Int>

    /// - Parameter label: How wide names are; `nil` puts them above.
    init(_ bars: [BarChart.Bar], width: Double, label: Double?) {
        self.width = width
        isBeside = label != nil
        left = label ?? 0
        var (tops, starts): ([Double], Set<Int>) = ([], [])
        var y = 8.0
        for (index, bar) in bars.enumerated() {
            let isStart = index == 0 || bars[index - 1].row != bar.row
            if isStart {
                starts.insert(index)
                // Rows of several bars stand apart and have a line for their name.
                y += bar.column == nil ? 0 : index == 0 ? 16 : 30
            }
            if label == nil { y += 16 }
            tops.append(y)
            y += Self.bar + 7
        }
        (self.tops, rowStarts) = (tops, starts)
    }

    var top: Double { 2 }
    var bottom: Double { (tops.last ?? 0) + Self.bar + 6 }
    var height: Double { bottom + 22 }

    func y(_ index: Int) -> Double { tops[index] }

    func beginsRow(_ index: Int) -> Bool { rowStarts.contains(index) }

    /// The place of a share of the axis.
    func x(_ share: Double) -> Double {
        left + (isBeside ? width - left - Self.values : width - 8) * share
    }

    /// How a tick's text stands to it, so that it stays within the image.
    func anchor(_ x: Double) -> String { x < 20 ? "tick" : x > width - 24 ? "tick end" : "tick middle" }

    /// As much of a name as there is room for.
    func fitted(_ name: String, isAlone: Bool) -> String {
        let room = isBeside && !isAlone ? left - 12 : width - Self.values
        return PageMarkup.shortened(name, to: Int(room / Self.character))
    }
}
