import Hummingbird
import Sluice
import SluiceHTTP
import SluicePolicies

/// The calls that change the server itself.
struct AdminRoutes: Sendable {
    /// `nil` if the policies are from no file.
    let reloader: PolicyReloader?

    /// `POST /v1/policies/reload`: reads the policy file again and puts it in force.
    func reload() async throws -> Response {
        guard let reloader else {
            throw Problem(409, "Conflict", "The policies are from no file; start the server with --config FILE.")
        }
        do {
            let outcome = try await reloader.reload()
            var body = ByteWriter()
            body.write("{\"policies\":")
            body.writeDecimal(Int64(outcome.policies))
            body.writeJSONName("rules")
            body.writeDecimal(Int64(outcome.rules))
            body.writeJSONName("seconds")
            body.writeSeconds(outcome.duration)
            body.write(UInt8(ascii: "}"))
            return .json(body)
        } catch let error as PolicyFileError {
            throw Problem(422, "Unprocessable Content", "The policies stay as they were. \(error)")
        } catch let error as SluiceError {
            throw Problem(422, "Unprocessable Content", "The policies stay as they were: \(error.message)")
        }
    }
}

extension Problem {
    static let adminCallsAreOff = Problem(
        403, "Forbidden", "Calls that change the server are off; start it with --admin to allow them.")
}
