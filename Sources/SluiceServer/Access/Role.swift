/// What a user may do. None implies another.
package enum Role: String, CaseIterable, Sendable {
    /// Ask for decisions: check, peek, refund, leases, what proxies ask.
    case check
    /// Change what the server holds or goes by: reset, reload.
    case admin
    /// See what the server does: metrics, events, policies, introspection.
    case metrics
}

/// A set of roles, small enough to be looked at for each request.
package struct Roles: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package init(_ role: Role) {
        switch role {
        case .check: self = .check
        case .admin: self = .admin
        case .metrics: self = .metrics
        }
    }

    package static let check = Roles(rawValue: 1)
    package static let admin = Roles(rawValue: 2)
    package static let metrics = Roles(rawValue: 4)
    package static let all: Roles = [.check, .admin, .metrics]

    package func contains(_ role: Role) -> Bool { contains(Roles(role)) }

    /// The roles' words, in the order of ``Role``.
    package var words: [String] { Role.allCases.filter(contains).map(\.rawValue) }
}
