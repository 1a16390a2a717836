import NIOCore
import RESP
import Sluice

/// One call of the script, and the requests that go with it.
final class ScriptCall {
    let node: NodeAddress?
    let slot: HashSlot?
    let queue: Int
    let deadline: NIODeadline
    let batch: DecisionBatch
    private let sentAt: Timestamp
    private let requests: [StoreRequest]

    init(
        _ requests: [StoreRequest], node: NodeAddress?, slot: HashSlot?, queue: Int, deadline: NIODeadline,
        sentAt: Timestamp, batch: DecisionBatch
    ) {
        self.requests = requests
        self.node = node
        self.slot = slot
        self.queue = queue
        self.deadline = deadline
        self.sentAt = sentAt
        self.batch = batch
    }
}
