public import Logging
public import NIOCore
public import NIOPosix
import RESP
public import Sluice

/// Lets the breakers of many instances agree through Redis.
///
/// ```swift
/// let store = RedisBreakerStore(try RedisStore("redis://127.0.0.1:6379"))
/// let breaker = CircuitBreaker("model", sharing: BreakerSharing(store))
/// ```
/// A step is one round trip, on Redis's time, so the instances' clocks do not matter. Every record expires. While Redis
/// does not answer, each breaker goes by what it sees itself.
///
/// A breaker's name is an operator's word, like that of a rule, and stands in its key as it is.
public final class RedisBreakerStore: BreakerStore {
    private let client: RedisClient
    private let prefix: String
    private let testTime: (any TimeProvider)?

    /// A store with a connection of its own, which opens as it is needed.
    /// - Parameters:
    ///   - store: How to reach Redis, how long a step may take, and what keys begin with.
    ///   - group: Event loops, of which one is used.
    public init(
        _ store: RedisStore, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "sluice.breakers")
    ) {
        client = RedisClient(store.redis, lanes: 1, group: group, logger: logger)
        (prefix, testTime) = (store.prefix, store.testTime)
    }

    deinit {
        let client = client
        Task { await client.close() }
    }

    /// Closes the connection. Breakers go by what they see themselves from then on.
    public func shutDown() async { await client.close() }

    public func agree(on name: String, _ request: BreakerRequest) async throws -> BreakerAgreement {
        let words: [String] = [
            request.operation.word, microseconds(request.operation.duration), "\(request.generation)",
            "\(request.waits)", microseconds(request.keep),
            testTime.map { "\($0.now().nanoseconds / 1_000)" } ?? "",
        ]
        let reply = try await client.execute(
            Redis.EVAL(
                Self.script, keys: ["\(prefix):breaker:\(name)"], arguments: words.map { ByteBuffer(string: $0) }))
        guard let numbers = reply.elements?.compactMap(\.integer), numbers.count == 4 else {
            throw SluiceError(.storeFailed, "Redis answers a breaker's question otherwise than its script does")
        }
        return BreakerAgreement(
            generation: numbers[0], refusedFor: numbers[1] < 0 ? nil : .microseconds(numbers[1]),
            waits: Int(numbers[2]), isGranted: numbers[3] == 1)
    }

    /// A span as the script reads it: rounded up, and at most a century, so that doubles are exact.
    private func microseconds(_ duration: Duration) -> String {
        "\(min(max(0, duration.wholeNanoseconds.dividedRoundingUp(by: 1_000)), 3_155_760_000_000_000))"
    }

    private static let script = String(decoding: PackageResources.agree_lua, as: UTF8.self)
}

extension BreakerRequest.Operation {
    fileprivate var word: String {
        switch self {
        case .look: "look"
        case .open: "open"
        case .probe: "probe"
        case .close: "close"
        }
    }

    fileprivate var duration: Duration {
        switch self {
        case .look, .close: .zero
        case .open(let duration), .probe(let duration): duration
        }
    }
}
