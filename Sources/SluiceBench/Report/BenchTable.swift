/// Figures that belong together, in rows and columns.
public struct BenchTable: Sendable, Hashable, Codable {
    /// A line of it.
    public struct Row: Sendable, Hashable, Codable {
        public var name: String
        /// One for each column; `nil` where nothing was measured.
        public var figures: [Figure?]
    }

    /// What it shows.
    public var title: String
    /// What the rows are, and the columns.
    public var head: String
    public var columns: [String]
    public var rows: [Row] = []
    /// Whose published figures stand beside ours; `nil` for nobody's.
    public var source: String?
    /// How it was measured, and what to think of when reading it.
    public var notes: [String] = []

    init(_ title: String, _ head: String, columns: [String], source: String? = nil, notes: [String] = []) {
        self.title = title
        self.head = head
        self.columns = columns
        self.source = source
        self.notes = notes
    }

    mutating func add(_ name: String, _ figures: [Figure?]) { rows.append(Row(name: name, figures: figures)) }
}
