/// An error reply that proves that the server did not execute the request, so that it may be sent again.
///
/// Source: the cluster specification ("Redirection and resharding") and `server.c`, `processCommand`, of Redis 7.
enum RefusedReply: Equatable, Sendable {
    /// The slot belongs to another node, from now on.
    case moved(HashSlot, Endpoint)
    /// The slot is on its way to another node, which takes this one request behind `ASKING`.
    case ask(HashSlot, Endpoint)
    /// The keys of one request lie on both sides of a slot that is on its way.
    case tryAgain
    /// The cluster, or the slot, is not served.
    case clusterDown
    /// The server reads its data from disk.
    case loading
    /// A replica without its master, and told not to answer from what it has.
    case masterDown
    /// A replica, or a master that was made one, was asked to write.
    case readOnly

    /// Where a redirect points to. Without a host it is the host that gave the redirect; with neither, nobody knows.
    struct Endpoint: Hashable, Sendable {
        var host: String?
        var port: Int?
    }

    /// Reads an error reply. Anything but these refusals is nil.
    init?(_ reply: RESPErrorReply) {
        let words = reply.text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        switch words.first {
        case "MOVED", "ASK":
            guard words.count >= 3, let number = Int(words[1]), let slot = HashSlot(number),
                let endpoint = Endpoint(words[2])
            else { return nil }
            self = words[0] == "ASK" ? .ask(slot, endpoint) : .moved(slot, endpoint)
        case "TRYAGAIN": self = .tryAgain
        case "CLUSTERDOWN": self = .clusterDown
        case "LOADING": self = .loading
        case "MASTERDOWN": self = .masterDown
        case "READONLY": self = .readOnly
        default: return nil
        }
    }
}

extension RefusedReply.Endpoint {
    /// Reads `host:port`, where an IPv6 host has colons of its own, and the host can be empty or `?`.
    init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else { return nil }
        guard port > 0, port <= 65_535 else { return nil }
        let host = text[..<colon]
        switch host {
        case "": self.init(host: nil, port: port)
        case "?": self.init(host: nil, port: nil)
        default: self.init(host: String(host), port: port)
        }
    }
}
