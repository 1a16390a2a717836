#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What HTTP's `Authorization` says (RFC 9110, section 11.6.2).
struct Credentials {
    /// The name that Basic has and Bearer has not.
    let name: String?
    private let secret: String

    /// The most bytes of the field: as many as a name and a secret of greatest length take.
    static let maximumBytes = 1_024

    /// `nil` for anything but Bearer (RFC 6750) and Basic (RFC 7617).
    init?(field: String) {
        guard field.utf8.count <= Self.maximumBytes, let space = field.firstIndex(of: " ") else { return nil }
        let value = field[space...].drop { $0 == " " }
        guard !value.isEmpty else { return nil }
        switch field[..<space].lowercased() {
        case "bearer":
            name = nil
            secret = String(value)
        case "basic":
            guard let data = Data(base64Encoded: String(value)),
                let text = String(validating: data, as: UTF8.self), let colon = text.firstIndex(of: ":")
            else { return nil }
            name = String(text[..<colon])
            secret = String(text[text.index(after: colon)...])
        default: return nil
        }
    }

    func withSecret<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var secret = secret
        return secret.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
