import NIOCore
import RESP
import Sluice
import Synchronization

/// The program that decides inside Redis, as a library of Redis functions with one function in it.
///
/// Its name has its own checksum in it: instances of different versions do not get in each other's way, and who finds
/// the function in place finds the right one.
final class DecisionScript: Sendable {
    /// What the library and its function are called.
    let name: String
    /// What loads the library.
    let loadRequest: ByteBuffer
    /// The library itself.
    let source: String
    /// Where the periods of quotas end, by the place of the limit. A calendar is slow to ask.
    private let periods = Mutex<[Int: Periods]>([:])

    private struct Periods {
        var start: Int64
        var end: Int64
        var next: Int64
    }

    init() {
        name = Self.library.name
        source = Self.library.source
        loadRequest = Self.library.loadRequest
    }

    // Put together once: every limiter's script is the same.
    private static let library = makeLibrary()

    private static func makeLibrary() -> (name: String, source: String, loadRequest: ByteBuffer) {
        let parts: [[UInt8]] = [
            PackageResources.begin_lua, PackageResources.quick_lua, PackageResources.buckets_lua,
            PackageResources.algorithms_lua, PackageResources.lists_lua, PackageResources.cells_lua,
            PackageResources.penalties_lua, PackageResources.requests_lua, PackageResources.telling_lua,
            PackageResources.writing_lua, PackageResources.batch_lua,
        ]
        let body = parts.map { String(decoding: $0, as: UTF8.self) }.joined()
        let name = "sluice_" + String(checksum(body), radix: 16)
        let source = "#!lua name=\(name)\n\(body)redis.register_function('\(name)', decide)\n"
        var request = ByteBuffer()
        request.writeString("*4\r\n$8\r\nFUNCTION\r\n$4\r\nLOAD\r\n$7\r\nREPLACE\r\n")
        request.writeBulk(source)
        return (name, source, request)
    }

    /// Whether a refusal says that the server does not know the script.
    static func isMissing(_ reply: RESPErrorReply) -> Bool { reply.text == "ERR Function not found" }

    /// What is to be done where the server does not know the function.
    /// - Parameter refusal: Why it did not take it.
    static func missing(_ refusal: RESPErrorReply?) -> RedisError {
        guard let refusal else {
            return RedisError(.unavailable, "Redis forgets the function that decides: does somebody flush functions?")
        }
        return RedisError(
            .rejected,
            "Redis does not take the function that decides: \(refusal.text); the user needs +function|load and what "
                + "else docs/redis.md lists", reply: refusal)
    }

    /// A call with these requests.
    /// - Parameters:
    ///   - redisTime: Redis's time as far as it is known.
    ///   - moment: The time to decide at instead, in microseconds; for tests.
    func batch(
        _ requests: [StoreRequest], layout: KeyLayout, redisTime: Timestamp, moment: Int64? = nil
    ) -> DecisionBatch {
        var batch = DecisionBatch(self, layout: layout, redisTime: redisTime, moment: moment)
        for request in requests {
            if request.charges.isEmpty {
                batch.append(leaseIn: request.keys, request.operation)
            } else {
                batch.append(request.charges, request.operation)
            }
        }
        return batch
    }

    /// A limit as the script reads it at a time.
    func record(of limit: UnsafePointer<CompiledLimit>, redisTime: Timestamp) -> LimitRecord {
        guard limit.pointee.algorithm == .quota else { return LimitRecord(limit.pointee) }
        let now = redisTime.nanoseconds
        let place = Int(bitPattern: limit)
        let around = periods.withLock { periods in
            if let known = periods[place], known.start <= now, now < known.end { return known }
            let ends = limit.pointee.calendarEnds(around: now) ?? (0, 0, 0)
            let around = Periods(start: ends.start, end: ends.end, next: ends.next)
            periods[place] = around
            return around
        }
        return LimitRecord(limit.pointee, periods: (around.start, around.end, around.next))
    }

    /// FNV-1a: tells versions apart, protects from nobody.
    private static func checksum(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
