import Testing

@testable import SluiceServer

#if TLS
@Suite("The hash of a secret")
struct SecretHashTests {
    @Test("is SHA-256, in 64 digits that are read in either case")
    func vector() throws {
        // FIPS 180-4's example, whose text is "abc".
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let hash = try #require(SecretHash(of: "abc"))
        #expect(hash.hexadecimal == digits)
        for text in [digits, digits.uppercased()] {
            let read = try #require(SecretHash(hexadecimal: text))
            #expect(read.mask(of: hash) == .max && read.hexadecimal == digits)
        }
        // A leading zero is kept.
        let zeros = "000000000000000100000000000000020000000000000003000000000000000f"
        #expect(SecretHash(hexadecimal: zeros)?.hexadecimal == zeros)
    }

    @Test(
        "is not read from anything else",
        arguments: [
            "", "abc", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
            String(repeating: "g", count: 64), "+" + String(repeating: "0", count: 63),
            String(repeating: "é", count: 64), String(repeating: "é", count: 32),
        ])
    func wrong(text: String) { #expect(SecretHash(hexadecimal: text) == nil) }

    @Test("is the same as itself only, whichever bit differs")
    func everyBit() throws {
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let hash = try #require(SecretHash(hexadecimal: digits))
        for place in 0..<64 {
            for bit in 0..<4 {
                var other = Array(digits)
                let digit = try #require(other[place].hexDigitValue) ^ (1 << bit)
                other[place] = Character(String(digit, radix: 16))
                let changed = try #require(SecretHash(hexadecimal: String(other)))
                #expect(changed.mask(of: hash) == 0 && hash.mask(of: changed) == 0)
            }
        }
    }
}

@Suite("Credentials")
struct CredentialsTests {
    private static func read(_ field: String) -> String? {
        Credentials(field: field).map { credentials in
            "\(credentials.name ?? "-")/\(credentials.withSecret { String(decoding: $0, as: UTF8.self) })"
        }
    }

    @Test(
        "are read from HTTP's field",
        arguments: [
            ("Bearer abc", "-/abc"), ("bearer   abc", "-/abc"), ("BEARER a b", "-/a b"), ("Basic YTpi", "a/b"),
            ("basic YTpiOmM=", "a/b:c"), ("Basic OmI=", "/b"), ("Basic YTo=", "a/"),
        ])
    func good(field: String, read: String) { #expect(Self.read(field) == read) }

    @Test(
        "are not read from anything else",
        arguments: [
            "", " ", "Bearer", "Bearer ", "Digest abc", "Basic", "Basic YWI=", "Basic %%%", "Basic /////w==", "abc",
            "Bearer " + String(repeating: "x", count: 1_024),
        ])
    func wrong(field: String) { #expect(Self.read(field) == nil) }
}
#endif
