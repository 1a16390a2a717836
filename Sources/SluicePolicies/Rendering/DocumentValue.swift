/// A value of a document that is written as YAML or as JSON.
enum DocumentValue {
    /// Text that may be anything.
    case text(String)
    /// A word or number whose form shows what it is: `token-bucket`, `5 per 10s`, `250ms`.
    case word(String)
    case number(Int64)
    case boolean(Bool)
    case list([DocumentValue])
    case map([(key: String, value: DocumentValue)])
}
