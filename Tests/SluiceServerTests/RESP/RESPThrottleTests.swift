import RESP
import Sluice
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("CL.THROTTLE")
struct RESPThrottleTests {
    @Test("answers redis-cell's published examples")
    func published() throws {
        var processor = try ProcessorUnderTest()
        // Its readme: 15 of burst, 30 calls in 60 seconds.
        #expect(
            processor.ask("CL.THROTTLE", "user123", "15", "30", "60", "1") == "*5\r\n:0\r\n:16\r\n:15\r\n:-1\r\n:2\r\n")
        #expect(processor.throttle("user123", 15, 30, 60) == [0, 16, 14, -1, 4])
        for remaining in (0...13).reversed() {
            #expect(processor.throttle("user123", 15, 30, 60)[2] == Int64(remaining))
        }
        #expect(processor.throttle("user123", 15, 30, 60) == [1, 16, 0, 2, 32])
        processor.time.advance(by: .seconds(2))
        #expect(processor.throttle("user123", 15, 30, 60) == [0, 16, 0, -1, 32])
        // One call in a whole day, as in its discussion of rates below one a second.
        #expect(processor.throttle("daily", 0, 1, 86_400) == [0, 1, 0, -1, 86_400])
        #expect(processor.throttle("daily", 0, 1, 86_400) == [1, 1, 0, 86_400, 86_400])
    }

    @Test("is denied for ever when the quantity exceeds the limit")
    func impossible() throws {
        var processor = try ProcessorUnderTest()
        #expect(processor.throttle("k", 4, 1, 1, 6) == [1, 5, 5, -1, 0])
        #expect(processor.throttle("k", 4, 1, 1, 5) == [0, 5, 0, -1, 5])
        #expect(processor.throttle("k", 4, 1, 1, 6) == [1, 5, 0, -1, 5])
    }

    @Test("only looks when the quantity is 0, and gives back when it is negative")
    func looksAndGivesBack() throws {
        var processor = try ProcessorUnderTest()
        #expect(processor.throttle("k", 4, 1, 1, 0) == [0, 5, 5, -1, 0])
        #expect(processor.throttle("k", 4, 1, 1, 5) == [0, 5, 0, -1, 5])
        #expect(processor.throttle("k", 4, 1, 1, 0) == [0, 5, 0, -1, 5])
        #expect(processor.throttle("k", 4, 1, 1, -2) == [0, 5, 2, -1, 3])
        #expect(processor.throttle("k", 4, 1, 1, -99) == [0, 5, 5, -1, 0])
        #expect(processor.throttle("k", 4, 1, 1, 5) == [0, 5, 0, -1, 5])
    }

    @Test("rounds seconds up only from a fraction of a millisecond on")
    func rounding() throws {
        #expect(CommandProcessor.seconds(-1) == -1)
        #expect(CommandProcessor.seconds(0) == 0)
        #expect(CommandProcessor.seconds(999_999) == 0)
        #expect(CommandProcessor.seconds(1_000_000) == 1)
        #expect(CommandProcessor.seconds(1_000_999_999) == 1)
        #expect(CommandProcessor.seconds(1_001_000_000) == 2)
        var processor = try ProcessorUnderTest()
        _ = processor.throttle("k", 0, 1, 10)
        processor.time.advance(by: .microseconds(3_999_500))
        #expect(processor.throttle("k", 0, 1, 10) == [1, 1, 0, 6, 6])
        processor.time.advance(by: .milliseconds(-1) + .microseconds(500))
        #expect(processor.throttle("k", 0, 1, 10) == [1, 1, 0, 7, 7])
    }

    @Test(
        "refuses what redis-cell refuses, in its words",
        arguments: [
            (["k", "15", "30"], "Usage: cl.throttle <key> <max_burst> <count per period> <period> [<quantity>]"),
            ([], "Usage: cl.throttle <key> <max_burst> <count per period> <period> [<quantity>]"),
            (
                ["k", "1", "2", "3", "4", "5"],
                "Usage: cl.throttle <key> <max_burst> <count per period> <period> [<quantity>]"
            ),
            (["k", "x", "30", "60"], "Couldn't parse as integer: x"),
            (["k", "15", "3.5", "60"], "Couldn't parse as integer: 3.5"),
            (["k", "15", "30", ""], "Couldn't parse as integer: "),
            (["k", "15", "30", "60", "9223372036854775808"], "Couldn't parse as integer: 9223372036854775808"),
            (["k", "15", "0", "60"], "Zero rates are not supported"),
            (["k", "15", "30", "0"], "Zero rates are not supported"),
            (["k", "15", "2000000000", "1"], "Zero rates are not supported"),
        ])
    func refusals(arguments: [String], message: String) throws {
        var processor = try ProcessorUnderTest()
        let reply = processor.raw(RESPBytes.request(["cl.throttle"] + arguments))
        #expect(reply == "-Cell error: \(message)\r\n")
        #expect(processor.limiter.store.count == 0)
    }

    @Test("takes any bytes as a key, and one of 1 KiB but none longer")
    func keys() throws {
        var processor = try ProcessorUnderTest()
        let keys: [[UInt8]] = [
            [], [0], [0xff, 0xfe], [0xff, 0xff], Array("é".utf8), [UInt8](repeating: 1, count: 1_024),
        ]
        for key in keys {
            let words = [Array("CL.THROTTLE".utf8), key] + ["0", "1", "60"].map { Array($0.utf8) }
            #expect(processor.raw(RESPBytes.request(words)) == "*5\r\n:0\r\n:1\r\n:0\r\n:-1\r\n:60\r\n")
            #expect(processor.raw(RESPBytes.request(words)) == "*5\r\n:1\r\n:1\r\n:0\r\n:60\r\n:60\r\n")
        }
        let long = RESPBytes.request(["cl.throttle", String(repeating: "k", count: 1_025), "0", "1", "60"])
        #expect(processor.raw(long) == "-Cell error: Key is longer than 1024 bytes\r\n")
        #expect(processor.limiter.store.count == keys.count)
    }

    @Test("survives the extremes of 64 bits")
    func extremes() throws {
        var processor = try ProcessorUnderTest()
        let values: [Int64] = [.min, .min + 1, -1_000_000_000, -1, 0, 1, 2, 1_000_000_000, .max - 1, .max]
        for burst in values {
            for count in values {
                for period in values {
                    for quantity in values {
                        let words = ["cl.throttle", "k", "\(burst)", "\(count)", "\(period)", "\(quantity)"]
                        let reply = processor.raw(RESPBytes.request(words))
                        #expect(reply.hasPrefix("*5\r\n:") || reply == "-Cell error: Zero rates are not supported\r\n")
                    }
                }
            }
        }
    }

    @Test("answers a pipeline of many calls, and of others among them, in order")
    func pipelines() throws {
        var processor = try ProcessorUnderTest()
        var bytes: [UInt8] = []
        var expected = ""
        for index in 0..<300 {
            bytes += RESPBytes.request(["CL.THROTTLE", "k", "999", "1", "1000"])
            expected += "*5\r\n:0\r\n:1000\r\n:\(999 - index)\r\n:-1\r\n:\((index + 1) * 1_000)\r\n"
            guard index % 70 == 0 else { continue }
            bytes += RESPBytes.request(["PING"]) + RESPBytes.request(["cl.throttle", "k", "?", "1", "1"])
            expected += "+PONG\r\n-Cell error: Couldn't parse as integer: ?\r\n"
        }
        #expect(processor.raw(bytes) == expected)
    }

    /// redis-cell's arithmetic written down plainly, in integers wide enough for everything.
    @Test("agrees with redis-cell's formula on random calls")
    func oracle() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("RESPThrottleTests.oracle: seed \(seed)")
        var random = SplitMix64(seed: seed)
        var processor = try ProcessorUnderTest()
        var arrivals: [String: Int128] = [:]
        for _ in 0..<3_000 {
            processor.time.advance(by: .nanoseconds(random.pick([0, 1, 999_999, 500_000_000, 3_000_000_000])))
            let now = Int128(processor.time.now().nanoseconds)
            let key = random.pick(["a", "b", "c"])
            let burst = random.pick([0, 1, 4, 15])
            let (count, period) = random.pick([(1, 1), (3, 10), (30, 60), (7, 1)])
            let quantity = random.pick([1, 1, 1, 2, 0, 5, 20, -1])
            let emission = Int128(period) * 1_000_000_000 / Int128(count)
            let tolerance = emission * Int128(burst + 1)
            let arrival = max(now, arrivals[key] ?? now)
            let next = max(now, arrival + emission * Int128(quantity))
            let isLimited = now < next - tolerance
            if !isLimited { arrivals[key] = next }
            let reset = (isLimited ? arrival : next) - now
            let retry = isLimited && emission * Int128(quantity) <= tolerance ? next - tolerance - now : -1
            func seconds(_ time: Int128) -> Int64 {
                time < 0 ? -1 : Int64(time / 1_000_000_000 + (time % 1_000_000_000 >= 1_000_000 ? 1 : 0))
            }
            let expected = [
                isLimited ? 1 : 0, Int64(burst + 1), Int64(max(0, (tolerance - reset) / emission)), seconds(retry),
                seconds(reset),
            ]
            let reply = processor.throttle(key, Int64(burst), Int64(count), Int64(period), Int64(quantity))
            #expect(reply == expected, "seed \(seed)")
            if reply != expected { return }
        }
    }
}
