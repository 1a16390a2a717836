package import HTTPTypes

extension HTTPFields {
    /// Adds what is to be told of a decision. Where another decision was told already, both are: the fields are lists.
    package mutating func add(_ fields: RateLimitFields) {
        if fields.hasItems {
            // Both in one step: `append` would go through generic code for each.
            replaceSubrange(endIndex..<endIndex, with: [fields.policyField, fields.stateField])
        }
        if let retryAfter = fields.retryAfter { self[.retryAfter] = String(retryAfter) }
    }
}

extension HTTPField.Name {
    // Both are tokens, so a name always results.
    package static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
    package static let rateLimit = HTTPField.Name("RateLimit")!
}

extension RateLimitFields {
    fileprivate var policyField: HTTPField {
        if let known = knownPolicyField { return known }
        var text = ByteWriter()
        writePolicy(into: &text)
        return HTTPField(name: .rateLimitPolicy, value: text.text)
    }

    fileprivate var stateField: HTTPField {
        var text = ByteWriter(capacity: 64)
        writeState(into: &text)
        return HTTPField(name: .rateLimit, value: text.text)
    }
}
