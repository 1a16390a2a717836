import Sluice

extension SluiceError {
    /// What a client is told. Why Redis did not answer, and where it is, is for the log.
    var told: String {
        code == .storeFailed ? "Redis did not answer, and may or may not have done it; ask again." : message
    }
}
