import NIOCore
import Testing

@testable import RESP

@Suite("Requests that wait")
struct WaitingRequestsTests {
    private let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func request(_ name: String, within milliseconds: Int64 = 100) -> LaneRequest {
        LaneRequest(
            bytes: ByteBuffer(string: name), slot: nil, deadline: now + .milliseconds(milliseconds),
            completion: { _ in })
    }

    private func names(_ requests: [LaneRequest]) -> [String] { requests.map { String(buffer: $0.bytes) } }

    @Test("come out when they are due, in their order, or when it is too late")
    func due() {
        var waiting = WaitingRequests(bound: 9)
        #expect(waiting.wakeUp == .distantFuture)
        _ = waiting.add(request("a"), until: now + .milliseconds(5))
        _ = waiting.add(request("b"), until: nil)
        _ = waiting.add(request("c"), until: now + .milliseconds(2))
        _ = waiting.add(request("late", within: 3), until: now + .milliseconds(9))
        #expect(waiting.wakeUp == now + .milliseconds(2))
        var (due, late) = waiting.take(now: now + .milliseconds(1))
        #expect(due.isEmpty && late.isEmpty && waiting.count == 4)
        (due, late) = waiting.take(now: now + .milliseconds(5))
        #expect(names(due) == ["a", "c"] && names(late) == ["late"] && waiting.count == 1)
        #expect(waiting.wakeUp == now + .milliseconds(100))
        (due, late) = waiting.take(now: now + .milliseconds(100))
        #expect(due.isEmpty && names(late) == ["b"] && waiting.wakeUp == .distantFuture)
    }

    @Test("for the topology come out together, and leave the others")
    func untimed() {
        var waiting = WaitingRequests(bound: 9)
        for name in ["a", "b"] { _ = waiting.add(request(name), until: nil) }
        _ = waiting.add(request("c"), until: now + .milliseconds(7))
        let untimed = waiting.takeUntimed()
        #expect(names(untimed) == ["a", "b"] && waiting.wakeUp == now + .milliseconds(7))
        let again = waiting.takeUntimed()
        let rest = waiting.takeAll()
        #expect(again.isEmpty && names(rest) == ["c"] && waiting.count == 0 && waiting.wakeUp == .distantFuture)
    }

    @Test("are no more than the bound")
    func bound() {
        var waiting = WaitingRequests(bound: 1)
        let isTaken = [waiting.add(request("a"), until: nil), waiting.add(request("b"), until: nil)]
        _ = waiting.takeAll()
        let isTakenNow = waiting.add(request("b"), until: nil)
        #expect(isTaken == [true, false] && isTakenNow)
    }
}
