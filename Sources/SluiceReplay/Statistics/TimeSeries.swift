import Sluice

/// How many requests came and were denied, over time, in a bounded number of bins.
///
/// Bins begin a second wide and are joined to wider ones as the time grows, always to widths that people use;
/// each width is a multiple of the one before, so joining is exact.
struct TimeSeries {
    /// The most bins.
    static let maximumBins = 240
    /// The widths of bins in seconds; after the last each is four times the one before.
    static let widths: [Int64] = [1, 5, 15, 60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800]

    /// Columns of a bin: requests, denied, then the denials of each rule.
    private let columns: Int
    private var widthIndex = 0
    private(set) var width: Int64 = LogTime.nanosecondsPerSecond
    /// The number of the first bin since the epoch.
    private var first: Int64 = 0
    private var cells: [Int64] = []
    /// The bin of the request before, by where it begins.
    private var last: (start: Int64, row: Int) = (.max, 0)

    init(rules: Int) { columns = 2 + rules }

    var binCount: Int { cells.count / columns }

    /// When a bin begins.
    func start(of bin: Int) -> Int64 { (first + Int64(bin)) * width }
    func requests(in bin: Int) -> Int64 { cells[bin * columns] }
    func denied(in bin: Int) -> Int64 { cells[bin * columns + 1] }
    func denied(in bin: Int, by rule: Int) -> Int64 { cells[bin * columns + 2 + rule] }

    /// Counts a request and returns its row, for ``addDenial(by:row:)``.
    @inline(__always)
    mutating func add(_ time: Int64, isDenied: Bool) -> Int {
        if time < last.start || time &- last.start >= width { last = locate(time) }
        cells[last.row] &+= 1
        if isDenied { cells[last.row + 1] &+= 1 }
        return last.row
    }

    @inline(__always)
    mutating func addDenial(by rule: Int, row: Int) { cells[row + 2 + rule] &+= 1 }

    private mutating func locate(_ time: Int64) -> (start: Int64, row: Int) {
        if cells.isEmpty {
            first = time.dividedRoundingDown(by: width)
            cells = [Int64](repeating: 0, count: columns)
        }
        while true {
            let bin = time.dividedRoundingDown(by: width)
            let low = min(bin, first)
            let high = max(bin, first + Int64(binCount) - 1)
            guard high - low < Int64(Self.maximumBins) else {
                widen()
                continue
            }
            if low < first {
                cells.insert(contentsOf: repeatElement(0, count: Int(first - low) * columns), at: 0)
                first = low
            }
            let missing = Int(high - low) + 1 - binCount
            if missing > 0 { cells.append(contentsOf: repeatElement(0, count: missing * columns)) }
            return (bin * width, Int(bin - first) * columns)
        }
    }

    private mutating func widen() {
        widthIndex += 1
        let seconds =
            widthIndex < Self.widths.count
            ? Self.widths[widthIndex] : width / LogTime.nanosecondsPerSecond * 4
        let wider = seconds * LogTime.nanosecondsPerSecond
        let newFirst = (first * width).dividedRoundingDown(by: wider)
        var joined: [Int64] = []
        for bin in 0..<binCount {
            let row = Int((start(of: bin)).dividedRoundingDown(by: wider) - newFirst) * columns
            while joined.count < row + columns { joined.append(0) }
            for column in 0..<columns { joined[row + column] += cells[bin * columns + column] }
        }
        (width, first, cells) = (wider, newFirst, joined)
    }
}
