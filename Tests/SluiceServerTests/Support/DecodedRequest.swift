import Sluice

@testable import SluiceServer

/// A decision request copied out of the bytes it was read from.
struct DecodedRequest: Equatable {
    var policy: String
    var descriptor: [String: String]
    var cost: Int64 = 1
    var wantsDetails = false
}

extension DecodedRequest {
    /// Reads a request as the server does.
    static func decode(
        _ bytes: [UInt8], accepting fields: DecisionRequest.Fields = .decision, scratch: JSONScratch = JSONScratch()
    ) throws(RequestFault) -> DecodedRequest {
        let result: Result<DecodedRequest, RequestFault> = bytes.withUnsafeBytes { bytes in
            DecisionRequest.withDecoded(bytes, accepting: fields, scratch: scratch) { decoded in
                decoded.map { request in
                    DecodedRequest(
                        policy: request.policy.text,
                        descriptor: Dictionary(
                            uniqueKeysWithValues: request.entries.map { ($0.key.text, $0.value.text) }),
                        cost: request.cost, wantsDetails: request.wantsDetails)
                }
            }
        }
        return try result.get()
    }

    static func decode(_ text: String) throws(RequestFault) -> DecodedRequest { try decode(Array(text.utf8)) }

    /// What is wrong with a text, or `nil`.
    static func fault(_ text: String, accepting fields: DecisionRequest.Fields = .decision) -> RequestFault? {
        do throws(RequestFault) {
            _ = try decode(Array(text.utf8), accepting: fields)
            return nil
        } catch {
            return error
        }
    }
}
