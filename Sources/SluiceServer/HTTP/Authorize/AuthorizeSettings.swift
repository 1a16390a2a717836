import HTTPTypes
public import Sluice
public import SluiceHTTP

/// How a policy answers proxies that ask at `/v1/authorize`.
public struct AuthorizeSettings: Sendable {
    /// What the descriptor holds of the proxy's request.
    public var descriptor: [(key: DescriptorKey, value: RequestValue)] = AuthorizeSettings.common
    /// The status of a denial, 400 to 599. nginx takes only 401 and 403 for one.
    public var denialStatus = 429

    /// What every descriptor holds unless it is told otherwise.
    public static let common: [(key: DescriptorKey, value: RequestValue)] = [
        (.ip, .clientAddress), (.method, .method), (.path, .path), ("host", .host), (.agent, .header(.userAgent)),
    ]

    /// The common values, and 429 for a denial.
    public init() {}
}
