import HTTPTypes
import Hummingbird
import NIOCore
import SluiceHTTP

/// The page at `/`: its files are part of the program, and it needs no others.
struct DashboardPage: Sendable {
    /// One file of the page.
    private struct File {
        var path: String
        var type: String
        var bytes: ByteBuffer
        var tag: String

        init(_ path: String, _ type: String, _ bytes: [UInt8]) {
            self.path = path
            self.type = type
            self.bytes = ByteBuffer(bytes: bytes)
            // FNV-1a: it tells versions of the file apart, nothing else.
            let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            tag = "\"\(String(hash, radix: 16))\""
        }
    }

    private static let page = File("/", "text/html; charset=utf-8", PackageResources.dashboard_html)
    private static let files = [
        File("/dashboard.css", "text/css; charset=utf-8", PackageResources.dashboard_css),
        File("/dashboard.js", "text/javascript; charset=utf-8", PackageResources.dashboard_js),
    ]

    /// Nothing from elsewhere, nothing written into the page, nobody else's frame.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    func add(to router: Router<HTTPContext>) {
        router.get("/") { request, _ in
            request.headers[.accept]?.contains("text/html") == true
                ? Self.response(Self.page, to: request) : Response.plain(WelcomePage.text)
        }
        for file in Self.files {
            router.get(RouterPath(file.path)) { request, _ in Self.response(file, to: request) }
        }
    }

    private static func response(_ file: File, to request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: file.type, .eTag: file.tag,
            // Asked for again each time, and told in a few bytes that nothing has changed.
            .cacheControl: "no-cache", .contentSecurityPolicy: policy, .xContentTypeOptions: "nosniff",
        ]
        headers[.referrerPolicy] = "no-referrer"
        if request.headers[.ifNoneMatch]?.contains(file.tag) == true {
            return Response(status: .notModified, headers: headers)
        }
        var response = Response(status: .ok, headers: headers, body: .init(byteBuffer: file.bytes))
        response.compress(file.bytes, for: request)
        return response
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
