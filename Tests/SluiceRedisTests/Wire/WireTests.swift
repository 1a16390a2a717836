import NIOCore
import RESP
import Sluice
import SluiceTesting
import Testing

@testable import SluiceRedis

/// The bytes between this process and the script.
@Suite("The wire")
struct WireTests {
    private let script = DecisionScript()
    private let layout = KeyLayout(prefix: "t")

    private func plan(_ limits: [Limit], cost: Int64 = 1) throws -> ChargePlan {
        let rules = limits.enumerated().map { Rule("r\($0.offset)", by: .user, $0.element) }
        return try Limiter([Policy("p", rules: rules)]).policy("p").plan([.user: "1"], cost: cost)
    }

    private func record(_ limit: Limit) throws -> LimitRecord {
        let plan = try plan([limit])
        return withExtendedLifetime(plan) { LimitRecord(plan.charges[0].limit().pointee) }
    }

    @Test func `Rules of one caller share a bucket, which is named once`() throws {
        let plan = try plan([.tokenBucket(5, per: .seconds(10)), .fixedWindow(7, per: .seconds(1))])
        var batch = DecisionBatch(script, layout: layout, redisTime: Timestamp(nanoseconds: 0))
        batch.append(plan.charges, .decide(isObserved: false))
        batch.append(plan.charges, .peek)
        let text = String(decoding: batch.request().readableBytesView, as: UTF8.self)
        #expect(
            text.hasPrefix("*7\r\n$5\r\nFCALL\r\n$\(script.name.utf8.count)\r\n\(script.name)\r\n$1\r\n1\r\n$11\r\nt:{")
        )
    }

    @Test func `A request is as long as its frame says`() throws {
        let plan = try plan([.slidingLog(5, per: .seconds(10)), .concurrency(3), .unlimited], cost: 300)
        var batch = DecisionBatch(script, layout: layout, redisTime: Timestamp(nanoseconds: 0), moment: 5)
        batch.append(plan.charges, .acquire(lease: 7))
        batch.append(leaseIn: [plan.charges[1].key], .release(lease: 7))
        var request = batch.request()
        #expect(line(&request) == "*8")
        for _ in 0..<8 {
            let length = try #require(Int(line(&request).dropFirst()))
            request.moveReaderIndex(forwardBy: length)
            #expect(request.readString(length: 2) == "\r\n")
        }
        #expect(request.readableBytes == 0)
    }

    private func line(_ buffer: inout ByteBuffer) -> String {
        let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\r")) ?? buffer.writerIndex
        defer { buffer.moveReaderIndex(forwardBy: 2) }
        return buffer.readString(length: end - buffer.readerIndex) ?? ""
    }

    @Test func `A token bucket's rate is kept exactly in the smallest numbers`() throws {
        let record = try record(.tokenBucket(6, per: .seconds(10), burst: 9))
        #expect((record.count, record.period, record.x) == (3, 5_000_000, 9))
        let third = try self.record(.tokenBucket(3, per: .nanoseconds(1_000_000_001)))
        #expect((third.count, third.period) == (3_000, 1_000_000_001))
    }

    @Test func `No product of a limit's numbers leaves the doubles' exact range, and no rate gets faster`() throws {
        var random = SplitMix64(seed: 5)
        for _ in 0..<300 {
            let count = random.number(in: 1...(1 << 32))
            let period = Duration.nanoseconds(random.number(in: 1...Duration.days(365).wholeNanoseconds))
            let burst = max(1, min(count, Duration.days(30_000).wholeNanoseconds / period.wholeNanoseconds))
            let record = try record(.tokenBucket(count, per: period, burst: burst))
            #expect(record.x.multipliedReportingOverflow(by: record.period).partialValue < 1 << 52)
            #expect(
                Int128(record.count) * Int128(period.wholeNanoseconds) <= Int128(record.period) * Int128(count) * 1_000)
            let window = try self.record(.slidingWindow(min(count, 1 << 20), per: period))
            #expect(window.period / window.x * window.count <= 1 << 52)
        }
    }

    @Test func `Any bytes are an answer or an error`() throws {
        let plan = try plan([
            .tokenBucket(5, per: .seconds(10)), .slidingLog(5, per: .seconds(1)), .slidingWindow(5, per: .seconds(1)),
        ])
        var random = SplitMix64(seed: 11)
        var answers = 0
        for length in 0..<720 {
            let bytes = (0..<(length % 90)).map { _ in
                random.chance(30) ? UInt8(random.pick([0, 64, 128, 129, 255])) : UInt8(random.number(in: 0...255))
            }
            do throws(RedisError) {
                var reader = try ReplyReader(ByteBuffer(bytes: bytes), of: script)
                _ = try reader.next(plan.charges)
                _ = try reader.next(leaseIn: 2)
                answers += 1
            } catch {
                #expect(error.code == .unexpectedReply)
            }
        }
        #expect(answers > 0)
    }

    @Test func `A token bucket's debt tells all three numbers to the nanosecond`() throws {
        let plan = try plan([.tokenBucket(3, per: .seconds(1), burst: 2)])
        var reply = ByteBuffer()
        reply.writeLittle(1_000, bytes: 7)
        reply.writeInteger(UInt8(128 + 1))
        // A token takes a third of a second: two of them less a microsecond, in thirds of one.
        reply.writeLittle(2 * 1_000_000 - 3, bytes: 7)
        var reader = try ReplyReader(reply, of: script)
        let expected = ChargeVerdict(
            denial: .limited, remaining: 0, retryAfterNanoseconds: 333_332_334, resetAfterNanoseconds: 666_665_667)
        #expect(try reader.next(plan.charges) == .judged([expected]))
        #expect(reader.moment == 1_000)
    }
}
