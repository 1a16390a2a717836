import NIOCore

/// What nodes and Sentinels are asked about the topology, as it is sent.
enum TopologyQuestion {
    static let clusterShards = Redis.ClusterShards().encoded()
    static let clusterSlots = Redis.ClusterSlots().encoded()
    static let role = Redis.ROLE().encoded()

    static func masterAddress(of name: String) -> ByteBuffer { Redis.SentinelMasterAddress(name).encoded() }

    static func sentinels(of name: String) -> ByteBuffer {
        var writer = RequestWriter()
        writer.command("SENTINEL", "SENTINELS", arguments: 1)
        writer.argument(name)
        return writer.buffer
    }

    /// The request behind the word that opens a slot on its way, in one piece so that nothing comes between.
    static func asking(_ request: ByteBuffer) -> ByteBuffer {
        var writer = RequestWriter()
        Redis.ASKING().encode(into: &writer)
        writer.append(request)
        return writer.buffer
    }
}
