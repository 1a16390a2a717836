public import Sluice

extension Limiter {
    /// A limiter of the policies in a file.
    ///
    /// - Parameters:
    ///   - path: The file, in YAML.
    ///   - store: Where cells live.
    ///   - time: Where the time comes from.
    /// - Throws: ``PolicyFileError`` with everything that is wrong with the file.
    public convenience init(
        contentsOf path: String, store: MemoryStore = MemoryStore(), time: TimeSource = .system
    ) throws {
        try self.init(PolicyFile(contentsOf: path).policies, store: store, time: time)
    }
}
