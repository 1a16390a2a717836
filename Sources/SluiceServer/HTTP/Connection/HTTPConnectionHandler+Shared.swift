import NIOCore
import SluiceHTTP

/// Decisions that are made on Redis: the connection waits for each as it waits for the router.
extension HTTPConnectionHandler {
    /// Has Redis decide the request that was read.
    func ask(_ endpoint: DecisionEndpoint, _ context: ChannelHandlerContext) {
        guard let shared = responder.shared else { return }
        let request = body ?? ByteBuffer()
        body = nil
        let eventLoop = context.eventLoop
        let place = NIOLoopBound(context, eventLoop: eventLoop)
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        let known = within(span) {
            request.withUnsafeReadableBytes {
                responder.ask($0, at: endpoint, of: shared, on: eventLoop) { decision in
                    guard eventLoop.inEventLoop else {
                        return eventLoop.execute { handler.value.tell(decision, place.value) }
                    }
                    handler.value.tell(decision, place.value)
                }
            }
        }
        // The caller serves what was held and sends what is written.
        guard let known else { return }
        let action = write(known)
        leave()
        if action == .close { finish(context) }
    }

    /// Answers with a decision that has come, and serves what was held meanwhile.
    private func tell(_ decision: SharedDecision, _ context: ChannelHandlerContext) {
        // The client may have gone.
        guard state.takesAnswers else { return }
        guard write(decision) == .stayOpen else { return finish(context) }
        writeOutput(context, flush: true)
        nextRequest(context)
    }

    private func write(_ decision: SharedDecision) -> HTTPConnectionStateMachine.AnswerAction {
        answerBody.clear()
        let reply = decision.reply(into: &answerBody)
        let action = state.answered(now: .now())
        write(reply, thenCloses: action == .close)
        return action
    }
}
