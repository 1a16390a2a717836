/// Tells when some files have changed, and stay as they are: whoever writes them may be half way.
struct FileWatch {
    private let paths: [String]
    private var loaded: [FileStamp?]
    private var seen: [FileStamp?]

    /// Files that are about to be read; to be made before they are.
    init(_ paths: [String]) {
        self.paths = paths
        loaded = paths.map(FileStamp.init)
        seen = loaded
    }

    /// Looks at the files: whether they are to be read again. A file that is missing is being replaced.
    mutating func look() -> Bool {
        let now = paths.map(FileStamp.init)
        defer { seen = now }
        guard now == seen, now != loaded, !now.contains(nil) else { return false }
        loaded = now
        return true
    }
}
