import NIOHTTP1
import SluiceHTTP

/// What is refused by its head alone.
extension HTTPConnectionHandler {
    /// Why a request is refused; `nil` if it is not.
    func refusal(of head: HTTPRequestHead) -> Problem? {
        if let problem = access?.refusal(of: head) { return problem }
        guard head.method != .GET, let encoding = head.headers.first(name: "Content-Encoding") else { return nil }
        return encoding.lowercased() == "identity" ? nil : .encodedBody
    }
}
