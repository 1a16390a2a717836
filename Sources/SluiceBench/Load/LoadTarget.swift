/// The server that a load is put on, by its URL.
struct LoadTarget: Sendable, Hashable {
    /// A name, or an address without brackets.
    let host: String
    let port: Int
    /// What every path begins with; empty, or `/…` without a slash at its end.
    let base: String
    /// What requests call the server.
    let authority: String

    /// Reads `http://HOST[:PORT][/BASE]`.
    init(_ url: String) throws(BenchError) {
        guard !url.hasPrefix("https://") else {
            throw BenchError("\(url) is encrypted, which this cannot speak: name what stands behind it with http://")
        }
        let fault = BenchError("'\(url)' is no server: write http://HOST:PORT")
        guard url.hasPrefix("http://") else { throw fault }
        let rest = url.dropFirst("http://".count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        authority = String(rest[..<slash])
        var base = rest[slash...]
        while base.last == "/" { base.removeLast() }
        self.base = String(base)
        var name = Substring(authority)
        var end: Substring?
        if name.first == "[" {
            guard let bracket = name.firstIndex(of: "]") else { throw fault }
            end = name[name.index(after: bracket)...]
            name = name[name.index(after: name.startIndex)..<bracket]
        } else if let colon = name.firstIndex(of: ":") {
            end = name[colon...]
            name = name[..<colon]
        }
        host = String(name)
        port = end.map { $0.isEmpty ? 80 : $0.first == ":" ? Int($0.dropFirst()) ?? 0 : 0 } ?? 80
        let isPlain = (authority + self.base).utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
        guard !host.isEmpty, (1...65_535).contains(port), isPlain, !authority.contains("@"), !self.base.contains("?")
        else { throw fault }
    }
}
