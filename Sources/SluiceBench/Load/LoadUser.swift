import NIOCore
import NIOHTTP1
import NIOPosix

/// One user, who asks one thing at a time on a connection that he keeps. Lives on the run's event loop.
final class LoadUser {
    private let crowd: LoadCrowd
    private let requests: [LoadRequest]
    private var machine = LoadUserStateMachine()
    private var connection: LoadConnection?
    /// Of several attempts to connect the last one counts.
    private var attempt = 0
    /// What this user does next, in a closed loop.
    var dice: LoadDice

    init(_ number: Int, of crowd: LoadCrowd, _ plan: LoadPlan) {
        self.crowd = crowd
        requests = plan.tasks.map { LoadRequest($0, of: number, to: plan.target) }
        dice = LoadDice(plan, user: number)
    }

    func ask(_ question: LoadQuestion) {
        switch machine.ask(question) {
        case .connect: connect()
        case .send: connection?.send(requests[question.task])
        }
    }

    /// Gives up what was due before a moment.
    func expire(dueBefore moment: Int64) {
        guard let question = machine.question, question.due < moment else { return }
        leave()
        crowd.failed(self, question, .timedOut)
    }

    /// Closes the connection.
    func leave() {
        _ = machine.lost()
        attempt += 1
        connection?.abandon()
        connection = nil
    }

    // MARK: - Connecting

    private func connect() {
        attempt += 1
        let attempt = attempt
        crowd.connect().assumeIsolated().whenComplete { [self] result in
            guard attempt == self.attempt else {
                // It took longer than the question may.
                if case .success(let channel) = result { channel.close(promise: nil) }
                return
            }
            do {
                try begin(try result.get())
            } catch {
                guard let question = machine.lost() else { return }
                crowd.failed(self, question, error is ChannelError ? .timedOut : .noConnection)
            }
        }
    }

    private func begin(_ channel: any Channel) throws {
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let connection = LoadConnection(self)
        do {
            try channel.pipeline.syncOperations.addHandler(connection)
        } catch {
            channel.close(promise: nil)
            throw error
        }
        self.connection = connection
        if let question = machine.connected() { connection.send(requests[question.task]) }
    }

    // MARK: - What the connection tells

    func head(status: Int, isKept: Bool) { machine.head(status: status, isKept: isKept) }

    func end() {
        guard let (question, status, isKept) = machine.end() else { return }
        if !isKept {
            connection?.abandon()
            connection = nil
        }
        crowd.answered(self, question, status)
    }

    func lost() {
        connection = nil
        guard let question = machine.lost() else { return }
        crowd.failed(self, question, .lost)
    }
}
