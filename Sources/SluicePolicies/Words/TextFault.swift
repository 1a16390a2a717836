/// What is wrong with a small text such as `5 per 10`; whoever read it knows its place.
struct TextFault: Error {
    let message: String
    let suggestion: String?

    init(_ message: String, suggesting suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}
