import Hummingbird
import Sluice

extension Response {
    /// Holds a lease until the body is written, or cannot be. A response that is thrown away releases it, too: then
    /// nobody has the lease any more.
    mutating func hold(_ lease: HeldLease) {
        let body = body
        self.body = ResponseBody(contentLength: body.contentLength) { writer in
            do {
                try await body.write(writer)
            } catch {
                await lease.release()
                throw error
            }
            await lease.release()
        }
    }
}
