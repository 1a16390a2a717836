public import Sluice
import SluiceHTTP

/// A question for a decision, as one asks a server or a limiter.
public struct DecisionQuery: Sendable {
    /// The policy that decides.
    public var policy: String
    /// What the request is about.
    public var descriptor: Descriptor
    /// What it costs.
    public var cost: Int64
    /// Whether it is charged; otherwise it is only looked at.
    public var charges: Bool

    /// A question that costs 1 and is charged, unless told otherwise.
    public init(policy: String, descriptor: Descriptor, cost: Int64 = 1, charges: Bool = true) {
        self.policy = policy
        self.descriptor = descriptor
        self.cost = cost
        self.charges = charges
    }

    /// The answer of a limiter in this process, in the JSON that a server would send.
    public func answer(of limiter: Limiter) throws(SluiceError) -> String {
        let entry = PolicyEntry(try limiter.policy(policy))
        let decision =
            charges
            ? try limiter.decide(policy, descriptor, cost: cost) : try limiter.peek(policy, descriptor, cost: cost)
        var body = ByteWriter()
        body.writeDecision(decision, of: entry)
        return body.text
    }

    var path: String { charges ? DecisionEndpoint.check.path : DecisionEndpoint.peek.path }

    var json: [UInt8] {
        var body = ByteWriter()
        body.write("{\"policy\":")
        body.writeJSONString(policy)
        body.write(",\"descriptor\":{")
        for (index, entry) in descriptor.entries.enumerated() {
            if index > 0 { body.write(UInt8(ascii: ",")) }
            body.writeJSONString(entry.key.name)
            body.write(UInt8(ascii: ":"))
            body.writeJSONString(entry.value)
        }
        body.write("},\"cost\":")
        body.writeDecimal(cost)
        body.write(UInt8(ascii: "}"))
        return Array(body.bytes)
    }
}
