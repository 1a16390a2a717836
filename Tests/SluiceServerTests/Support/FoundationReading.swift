import Foundation

/// What Foundation's JSON parser makes of a decision request: an opinion independent of ours.
enum FoundationReading: Equatable {
    case notJSON
    case notARequest
    case request(DecodedRequest)
    /// A number that Foundation keeps as a floating-point value; what its digits were, it cannot tell.
    case unsure

    init(_ bytes: [UInt8]) {
        guard let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]) else {
            self = .notJSON
            return
        }
        if Self.hasInexactNumber(value) {
            self = .unsure
        } else {
            self = Self.request(value).map { .request($0) } ?? .notARequest
        }
    }

    private static func request(_ value: Any) -> DecodedRequest? {
        guard let members = value as? [String: Any], let policy = members["policy"] as? String,
            policy.utf8.count <= 1_024, Set(members.keys).isSubset(of: ["policy", "descriptor", "cost", "details"])
        else { return nil }
        var request = DecodedRequest(policy: policy, descriptor: [:])
        if let cost = members["cost"] {
            guard let number = whole(cost), number >= 0 else { return nil }
            request.cost = number
        }
        if let details = members["details"] {
            guard let number = details as? NSNumber, isBool(number) else { return nil }
            request.wantsDetails = number.boolValue
        }
        if let descriptor = members["descriptor"] {
            guard let entries = descriptor as? [String: Any], entries.count <= 16 else { return nil }
            for (key, value) in entries {
                guard let text = (value as? String) ?? whole(value).map({ String($0) }),
                    key.utf8.count <= 1_024, text.utf8.count <= 1_024
                else { return nil }
                request.descriptor[key] = text
            }
        }
        return request
    }

    private static func hasInexactNumber(_ value: Any) -> Bool {
        switch value {
        case let number as NSNumber: !isBool(number) && abs(number.doubleValue) > 1e15 && whole(number) == nil
        case let members as [String: Any]: members.values.contains { hasInexactNumber($0) }
        default: false
        }
    }

    private static func whole(_ value: Any) -> Int64? {
        guard let number = value as? NSNumber, !isBool(number) else { return nil }
        return Int64(number.stringValue)
    }

    private static func isBool(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
