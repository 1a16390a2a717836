/// A node as another node of the cluster knows it: a line of `CLUSTER NODES`.
package struct ClusterNode: Sendable, Hashable {
    /// The node's name in the cluster, 40 hexadecimal digits.
    package var id: String
    package var port: Int
    package var isMaster: Bool
    /// Whether the majority, or at least the node that was asked, takes it for dead.
    package var isFailing: Bool
    /// Whether it is known only from an introduction.
    package var isNew: Bool
    /// The master that a replica copies.
    package var masterID: String?
    package var slots: [ClosedRange<Int>]

    /// Whether it owns a slot.
    package func owns(_ slot: Int) -> Bool { slots.contains { $0.contains(slot) } }

    /// Reads a line, or nothing from one that is not about a node.
    init?(_ line: Substring) {
        // <id> <ip:port@bus[,host]> <flags> <master> <ping> <pong> <epoch> <link> <slot> <slot> ...
        let words = line.split(separator: " ")
        guard words.count >= 8, let address = words[1].split(separator: "@").first,
            let port = address.split(separator: ":").last.flatMap({ Int($0) })
        else { return nil }
        let flags = words[2].split(separator: ",")
        id = String(words[0])
        self.port = port
        isMaster = flags.contains("master")
        isFailing = flags.contains("fail") || flags.contains("fail?")
        isNew = flags.contains("handshake") || flags.contains("noaddr")
        masterID = words[3] == "-" ? nil : String(words[3])
        slots = words[8...].compactMap { word in
            let ends = word.split(separator: "-").compactMap { Int($0) }
            // Slots that are on the move stand in brackets and are owned by another line of the same node.
            guard let first = ends.first, let last = ends.last, word.first != "[" else { return nil }
            return first...last
        }
    }
}
