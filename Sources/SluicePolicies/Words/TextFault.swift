/// What is wrong with a small text such as `5 per 10`; whoever read it knows its place.
package struct TextFault: Error {
    package let message: String
    package let suggestion: String?

    package init(_ message: String, suggesting suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}
