package import HTTPTypes

extension HTTPFields {
    /// Adds what is to be told of a decision. Where another decision was told already, both are: the fields are lists.
    package mutating func add(_ fields: RateLimitFields) {
        if fields.hasItems {
            var text = ByteWriter()
            fields.writePolicy(into: &text)
            append(HTTPField(name: .rateLimitPolicy, value: text.text))
            text.clear()
            fields.writeState(into: &text)
            append(HTTPField(name: .rateLimit, value: text.text))
        }
        if let retryAfter = fields.retryAfter { self[.retryAfter] = String(retryAfter) }
    }
}

extension HTTPField.Name {
    // Both are tokens, so a name always results.
    package static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
    package static let rateLimit = HTTPField.Name("RateLimit")!
}
