import NIOCore

/// The client's end of a connection that lies in memory.
///
/// Sendable: everything happens on the simulation's one thread.
final class SimulatedChannel: Channel, ChannelCore, @unchecked Sendable {
    struct Unsupported: Error {}

    /// From so many bytes on that the network has not taken, nothing more is to be written.
    private static let mostPending = 64 << 10

    private let loop: SimulatedEventLoop
    private let closePromise: EventLoopPromise<Void>
    // Set once, right after the channel is made.
    private var ownPipeline: ChannelPipeline?
    private var pending: [ByteBuffer] = []
    private weak var link: SimulatedLink?
    private(set) var isActive = false
    private(set) var isWritable = true
    private var isClosed = false

    let allocator = ByteBufferAllocator()
    let localAddress: SocketAddress? = nil
    let remoteAddress: SocketAddress? = nil
    let parent: (any Channel)? = nil

    init(_ loop: SimulatedEventLoop, _ link: SimulatedLink) {
        self.loop = loop
        self.link = link
        closePromise = loop.makePromise()
        ownPipeline = ChannelPipeline(channel: self)
    }

    var eventLoop: any EventLoop { loop }
    var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    var _channelCore: any ChannelCore { self }
    var pipeline: ChannelPipeline {
        guard let ownPipeline else { fatalError("a channel has a pipeline from the start on") }
        return ownPipeline
    }

    // MARK: What the network does

    /// The connection stands.
    func open() {
        guard !isClosed else { return }
        isActive = true
        pipeline.syncOperations.fireChannelActive()
    }

    /// Bytes came.
    func receive(_ bytes: ByteBuffer) {
        guard isActive else { return }
        pipeline.syncOperations.fireChannelRead(NIOAny(bytes))
        pipeline.syncOperations.fireChannelReadComplete()
    }

    /// The network has so many bytes that have not arrived.
    func noteBacklog(_ bytes: Int) {
        let mayWrite = bytes < Self.mostPending
        guard mayWrite != isWritable else { return }
        isWritable = mayWrite
        if isActive { pipeline.syncOperations.fireChannelWritabilityChanged() }
    }

    /// The other end, or the network, has ended it.
    func end() { close0(error: ChannelError.eof, mode: .all, promise: nil) }

    // MARK: What the client does

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isActive else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        pending.append(unwrapData(data, as: ByteBuffer.self))
        promise?.succeed()
    }

    func flush0() {
        let written = pending
        pending = []
        for bytes in written { link?.sendUp(bytes) }
    }

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard !isClosed else {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        isClosed = true
        let wasActive = isActive
        isActive = false
        promise?.succeed()
        link?.clientClosed()
        if wasActive { pipeline.syncOperations.fireChannelInactive() }
        pipeline.syncOperations.fireChannelUnregistered()
        loop.enqueue {
            self.removeHandlers(pipeline: self.pipeline)
            self.closePromise.succeed()
        }
    }

    func localAddress0() throws -> SocketAddress { throw Unsupported() }
    func remoteAddress0() throws -> SocketAddress { throw Unsupported() }
    func register0(promise: EventLoopPromise<Void>?) { promise?.succeed() }
    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { promise?.succeed() }
    func bind0(to address: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(Unsupported()) }
    func connect0(to address: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(Unsupported()) }
    func read0() {}
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) { promise?.succeed() }
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        loop.makeFailedFuture(Unsupported())
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        loop.makeFailedFuture(Unsupported())
    }
}
