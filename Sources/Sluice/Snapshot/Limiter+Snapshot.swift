extension Limiter {
    /// Writes all cells to a file, aside first; the old file stays whole until the new one is on disk.
    ///
    /// Decisions go on meanwhile. A decision made during the writing may be in the file in part.
    /// - Throws: ``SluiceError/Code/snapshot`` with the system's reason.
    public func writeSnapshot(to path: String) throws(SluiceError) {
        try store.writeSnapshot(to: path, now: now().nanoseconds)
    }

    /// Fills this limiter's fresh store with the cells of a file.
    ///
    /// Cells of policies and rules that no longer exist are kept until they expire.
    /// - Throws: ``SluiceError/Code/snapshot`` if the file is missing, damaged or of another version, or if
    ///   something has been decided already. Nothing has changed then.
    public func restoreSnapshot(from path: String) throws(SluiceError) {
        try store.restoreSnapshot(from: path, now: now().nanoseconds)
        // Keys are hashed with the restored secret from now on.
        try replacePolicies(with: policies)
    }
}
