/// What is asked, by the number of its task.
struct LoadQuestion: Equatable {
    var task: Int
    /// When it was due, in nanoseconds since the run began: in a closed loop, when it was asked.
    var due: Int64
}

/// What a user and his connection are at, without the connection.
struct LoadUserStateMachine {
    enum State: Equatable {
        /// There is no connection. → `connecting` by a question.
        case away
        /// A question waits for a connection. → `asking` when it is there, `away` when it is not to be had.
        case connecting(LoadQuestion)
        /// Nothing is asked on the connection. → `asking` by a question, `away` when the server closes it.
        case ready
        /// An answer is waited for, of which the status has come or not. → `ready` when it is whole, `away` when the
        /// connection is lost, may not be kept, or the time is over.
        case asking(LoadQuestion, status: Int?, isKept: Bool)
    }

    enum Asked: Equatable { case connect, send }

    private(set) var state = State.away

    /// The question of which nothing has come yet.
    var question: LoadQuestion? {
        switch state {
        case .away, .ready: nil
        case .connecting(let question), .asking(let question, _, _): question
        }
    }

    /// - Precondition: Nothing is asked yet.
    mutating func ask(_ question: LoadQuestion) -> Asked {
        switch state {
        case .away:
            state = .connecting(question)
            return .connect
        case .ready:
            state = .asking(question, status: nil, isKept: true)
            return .send
        case .connecting, .asking: preconditionFailure("a user asks one thing at a time")
        }
    }

    /// The connection that was asked for is there.
    /// - Returns: What to send.
    mutating func connected() -> LoadQuestion? {
        guard case .connecting(let question) = state else { return nil }
        state = .asking(question, status: nil, isKept: true)
        return question
    }

    /// The first lines of an answer came.
    mutating func head(status: Int, isKept: Bool) {
        guard case .asking(let question, _, _) = state else { return }
        state = .asking(question, status: status, isKept: isKept)
    }

    /// An answer is whole.
    mutating func end() -> (question: LoadQuestion, status: Int, isKept: Bool)? {
        guard case .asking(let question, let status?, let isKept) = state else { return nil }
        state = isKept ? .ready : .away
        return (question, status, isKept)
    }

    /// There is no connection, whoever ended it.
    /// - Returns: The question that will not be answered.
    mutating func lost() -> LoadQuestion? {
        defer { state = .away }
        return question
    }
}
