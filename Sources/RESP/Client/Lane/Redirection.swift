import NIOCore

/// What becomes of one request that a server refused without executing it.
struct Redirection: Equatable, Sendable {
    /// Where the request goes next.
    enum Step: Equatable, Sendable {
        /// To a node at once, behind `ASKING` if the slot is not yet the node's.
        case to(NodeAddress, asking: Bool)
        /// To whichever node serves the slot at that moment.
        case later(NIODeadline)
        /// Nowhere: whoever asked gets the refusal.
        case handUp
    }

    /// How often the request was sent again.
    private(set) var redirects = 0

    /// The step after a refusal by `source`. Waits and redirects alike count against the bound, and nothing is sent
    /// that the deadline would overtake.
    mutating func step(
        after refusal: RefusedReply, from source: NodeAddress, now: NIODeadline, deadline: NIODeadline,
        settings: RedisTopologySettings
    ) -> Step {
        guard now < deadline, redirects < settings.maximumRedirects else { return .handUp }
        switch refusal {
        case .moved(_, let endpoint):
            guard let address = endpoint.address(askedAt: source, settings) else { break }
            redirects += 1
            return .to(address, asking: false)
        case .ask(_, let endpoint):
            guard let address = endpoint.address(askedAt: source, settings) else { break }
            redirects += 1
            return .to(address, asking: true)
        case .tryAgain, .clusterDown, .loading, .masterDown, .readOnly: break
        }
        return pause(now: now, deadline: deadline, settings: settings)
    }

    /// The step of a request whose slot no node is known to serve.
    mutating func pause(now: NIODeadline, deadline: NIODeadline, settings: RedisTopologySettings) -> Step {
        guard now < deadline, redirects < settings.maximumRedirects else { return .handUp }
        let due = now + TimeAmount(settings.retryDelay * (1 << min(redirects, 16)))
        guard due < deadline else { return .handUp }
        redirects += 1
        return .later(due)
    }
}

extension RefusedReply.Endpoint {
    /// The address to use, or nil if the server does not know it either.
    func address(askedAt source: NodeAddress, _ settings: RedisTopologySettings) -> NodeAddress? {
        guard let port else { return nil }
        if let host { return settings.addressMap(.tcp(host: host, port: port)) }
        // The source is an address that works already: nothing is to be mapped.
        guard case .tcp(let host, _) = source else { return nil }
        return .tcp(host: host, port: port)
    }
}
