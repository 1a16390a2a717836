internal import DequeModule
internal import Synchronization

/// Callers who wait in line, one line for each policy and descriptor.
///
/// Only the first of a line asks the limiter; when he leaves, the next one becomes the first.
package final class Waiters: Sendable {
    /// The most callers who wait at once.
    package static let most = 10_000

    package struct Line: Hashable, Sendable {
        let policy: String
        let descriptor: Descriptor

        package init(policy: String, descriptor: Descriptor) {
            self.policy = policy
            self.descriptor = descriptor
        }
    }

    /// Nobody waits yet.
    package init() {}

    fileprivate struct Waiter {
        let ticket: UInt64
        var turn: CheckedContinuation<Void, any Error>?
    }

    private struct State {
        var lines: [Line: Deque<Waiter>] = [:]
        var count = 0
        var nextTicket: UInt64 = 0
    }

    private let state = Mutex(State())

    /// How many callers wait.
    var count: Int { state.withLock { $0.count } }

    /// Whether nobody waits in a line.
    func isEmpty(_ line: Line) -> Bool { state.withLock { $0.lines[line] == nil } }

    /// Takes the last place of a line.
    func join(_ line: Line) throws(SluiceError) -> UInt64 {
        try state.withLock { state throws(SluiceError) in
            guard state.count < Self.most else {
                throw SluiceError(
                    .tooManyWaiters, "\(Self.most) callers wait already; try again later or decide without waiting")
            }
            let ticket = state.nextTicket
            state.nextTicket += 1
            state.count += 1
            state.lines[line, default: []].append(Waiter(ticket: ticket))
            return ticket
        }
    }

    /// Returns once the ticket's holder is the first of the line; throws if he is cancelled first.
    func turn(of ticket: UInt64, in line: Line) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (turn: CheckedContinuation<Void, any Error>) in
                let isFirst = state.withLock { state in
                    guard let place = state.lines[line]?.place(of: ticket), place > 0 else {
                        return true
                    }
                    guard !Task.isCancelled else { return true }
                    state.lines[line]![place].turn = turn
                    return false
                }
                if isFirst { turn.resume() }
            }
        } onCancel: {
            let turn = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let place = state.lines[line]?.place(of: ticket) else { return nil }
                defer { state.lines[line]![place].turn = nil }
                return state.lines[line]![place].turn
            }
            turn?.resume(throwing: CancellationError())
        }
        try Task.checkCancellation()
    }

    /// Leaves the line and calls the next one up.
    func leave(_ line: Line, _ ticket: UInt64) {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let place = state.lines[line]?.place(of: ticket) else { return nil }
            state.lines[line]!.remove(at: place)
            state.count -= 1
            guard !state.lines[line]!.isEmpty else {
                state.lines[line] = nil
                return nil
            }
            guard place == 0 else { return nil }
            let turn = state.lines[line]![0].turn
            state.lines[line]![0].turn = nil
            return turn
        }
        next?.resume()
    }
}

extension Deque<Waiters.Waiter> {
    /// The place of a ticket. Tickets ascend along a line.
    /// - Complexity: O(log length).
    fileprivate func place(of ticket: UInt64) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].ticket < ticket { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].ticket == ticket ? low : nil
    }
}
