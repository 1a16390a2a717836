import Foundation
import Sluice
import SluiceBots
import SluicePolicies
import Synchronization

/// A recorded chat: one `TIMESTAMP IRC-LINE` in each line.
struct Recording {
    private let lines: [(moment: Timestamp, message: IRCMessage)]

    init(contentsOf path: String) throws {
        self.init(try String(contentsOfFile: path, encoding: .utf8))
    }

    /// Lines that are none are left out.
    init(_ text: String) {
        lines = text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2, let message = IRCMessage(parts[1]),
                let date = try? Date(parts[0], strategy: .iso8601)
            else { return nil }
            return (Timestamp(seconds: Int64(date.timeIntervalSince1970)), message)
        }
    }

    /// What the bot would have done.
    struct Outcome: CustomStringConvertible {
        var messages = 0
        var answers = 0
        var denials: [String: Int] = [:]
        var viewers: Set<String> = []
        var words = 0
        var took = Duration.zero

        var description: String {
            let denied = denials.sorted { $0.key < $1.key }.map { "\($0.value) by \($0.key)" }.joined(separator: ", ")
            return """
                \(messages) messages of \(viewers.count) viewers
                \(answers) answered, \(denials.values.reduce(0, +)) denied (\(denied))
                \(words) viewers told that it was enough for the hour
                decided in \(took)
                """
        }
    }

    /// Plays it to a bot that answers everything at once, on the recording's own time.
    func play(policies file: PolicyFile) async throws -> Outcome {
        let time = RecordedTime()
        let limiter = try Limiter(file.policies, time: .provided(by: time))
        let answer: @Sendable (String) async throws -> String = { _ in "yes" }
        let bot = try ViewerBot(
            limiter, sources: Sources(model: answer, wikipedia: answer, games: answer), answersAll: true)
        let said = Mutex(0)
        var outcome = Outcome()
        let began = ContinuousClock.now
        for (moment, message) in lines {
            guard let update = BotUpdate(twitch: message) else { continue }
            time.move(to: moment)
            outcome.messages += 1
            outcome.viewers.insert(update.user?.id ?? "")
            switch await bot.pipeline.handle(update, replyingBy: { _, _ in said.withLock { $0 += 1 } }) {
            case .handled: outcome.answers += 1
            case .denied(let denial): outcome.denials[denial.denial.rule?.description ?? "list", default: 0] += 1
            case .failed(let failure): throw failure.error
            case .unhandled: break
            }
        }
        outcome.took = ContinuousClock.now - began
        outcome.words = said.withLock { $0 } - outcome.answers
        return outcome
    }
}

/// The time of a recording, which stands still between its lines.
private final class RecordedTime: TimeProvider {
    private let moment = Mutex(Timestamp(nanoseconds: 0))

    func now() -> Timestamp { moment.withLock { $0 } }

    func move(to next: Timestamp) { moment.withLock { $0 = max($0, next) } }

    /// Nobody waits in a recording.
    func sleep(until moment: Timestamp) async throws { throw CancellationError() }
}
