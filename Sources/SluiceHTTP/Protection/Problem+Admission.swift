package import Sluice

extension Problem {
    /// What a request is answered that was denied by a middleware.
    ///
    /// Who is denied only because a store failed did nothing too often: that is 503.
    /// - Parameter status: That of all other denials.
    package init(refusing denial: Denial, status: Int) {
        switch denial.reason {
        case .storeFailed, .storeFull:
            self.init(503, "Service Unavailable", "The request cannot be counted at the moment; try again.")
        case .limited, .impossible, .banned, .listed:
            self.init(denied: .denied(denial), status: status)
        }
    }

    /// What a request is answered that could not be decided.
    ///
    /// Only what the client can mend is told; the rest is for the log.
    package init(undecided error: SluiceError) {
        switch error.code {
        case .missingKey: self.init(400, "Bad Request", error.message)
        default: self.init(500, "Internal Server Error", "The request could not be decided.")
        }
    }
}
