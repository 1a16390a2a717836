import Sluice
import SluicePolicies
import SluiceTesting
import Testing

@Suite("An import of nginx")
struct NginxImportTests {
    private static let site = """
        user www-data;
        worker_processes auto;
        events { worker_connections 768; }
        http {
            include mime.types;
            include conf.d/*.conf;
            log_format main '$remote_addr - "$request" {$status};';   # braces and ; in quotes
            limit_req_zone $binary_remote_addr zone=one:10m rate=5r/s;
            limit_req_zone $binary_remote_addr zone=login:10m rate=30r/m;
            limit_req_zone $http_x_api_key zone=key:10m rate=100r/s;
            limit_req_zone $cookie_session zone=session:10m rate=1r/s;
            limit_req_zone "all" zone=unused:1m rate=1r/s;
            limit_conn_zone $binary_remote_addr zone=addr:10m;
            limit_req_status 429;

            server {
                listen 80 default_server;
                server_name example.com;
                limit_req zone=one burst=10 nodelay;
                limit_conn addr 3;

                location / { proxy_pass http://app; }
                location = /login {
                    limit_req zone=one burst=10 nodelay;
                    limit_req zone=login burst=4;
                }
                location /static/ { limit_req zone=one burst=50 nodelay; }
                location ~ \\.(png|css)$ { expires 1d; }
                location /api/ {
                    limit_req zone=key burst=20 delay=10;
                    limit_req zone=session;
                }
                location ~* \\.php$ { fastcgi_pass php; }
            }
        }
        """

    @Test("is a rule for each zone, with other numbers where a location says so")
    func decides() throws {
        let imported = try ImportedLimiter(Self.site)
        #expect(imported.policies.map(\.name) == ["nginx", "nginx-connections"])
        #expect(imported.policies[0].rules.map(\.name) == ["one", "login", "key"])
        func passes(_ ip: String, _ path: String, _ more: Descriptor = [:]) throws -> Int {
            var descriptor: Descriptor = [.ip: ip, .path: path]
            for entry in more.entries { descriptor[entry.key] = entry.value }
            return try imported.passes("nginx", descriptor, of: 200)
        }
        #expect(try passes("192.0.2.1", "/") == 11)
        #expect(try passes("192.0.2.1", "/more") == 0)
        #expect(try passes("192.0.2.2", "/login") == 5)
        // Its zone is shared: 5 of the 11 are used.
        #expect(try passes("192.0.2.2", "/") == 6)
        #expect(try passes("192.0.2.3", "/static/a") == 51)
        // An expression goes before the prefix, and inherits what the server says.
        #expect(try passes("192.0.2.4", "/static/a.png") == 11)
        #expect(try passes("192.0.2.5", "/api/a") == 200)
        #expect(try passes("192.0.2.5", "/api/a", ["x-api-key": "k"]) == 21)
        #expect(try passes("192.0.2.6", "/api/a.css", ["x-api-key": "l"]) == 11)
        #expect(try passes("192.0.2.6", "/other", ["x-api-key": "l"]) == 0)
        let connections = try (0..<5).count { _ in
            try imported.limiter.acquire("nginx-connections", [.ip: "192.0.2.1"]).lease != nil
        }
        #expect(connections == 3)
    }

    @Test("tells how proxies ask, and in comments what has no equal")
    func remarks() throws {
        let text = try PolicyImport(Self.site, name: "nginx.conf").text
        for line in [
            "# Made by `sluice config import` of nginx.conf (nginx).", "include 'conf.d/*.conf' was not followed",
            "The zone 'session' (line 11) is left out: $cookie_session has no equal",
            "The zone 'unused' is used nowhere.",
            "location ~* \\.php$ (line 33)' is left out", "# nginx lets requests of the burst wait",
            "(limit_req_status 429)", "limit_conn: requests in progress.",
            "    nginx: {deny-with: 403, descriptor: {ip: client-address, path: path, x-api-key: header x-api-key}}",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        #expect(!text.contains("mime.types"))
    }

    @Test("passes what nginx's leaky bucket passes", arguments: 0..<20)
    func bucket(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let rate = [1, 5, 20, 250].randomElement(using: &random)!
        let burst = [0, 1, 7].randomElement(using: &random)!
        let option = burst == 0 ? "" : " burst=\(burst) nodelay"
        let imported = try ImportedLimiter(
            """
            limit_req_zone $binary_remote_addr zone=z:1m rate=\(rate)r/s;
            server { location / { limit_req zone=z\(option); } }
            """)
        // In thousandths of a request, as nginx counts; the first one exceeds nothing.
        var excess: Int?
        for _ in 0..<300 {
            let gap = [0, 0, 1, 5, 100, 300, 1_000 / rate].randomElement(using: &random)!
            imported.time.advance(by: .milliseconds(gap))
            excess = excess.map { $0 - rate * gap }
            let now = excess.map { max(0, $0 + 1_000) } ?? 0
            let passes = now <= burst * 1_000
            if passes { excess = now }
            let decision = try imported.limiter.decide("nginx", [.ip: "192.0.2.1", .path: "/a"])
            #expect(decision.isAllowed == passes, "seed \(seed)")
        }
    }

    @Test("chooses among servers by their names")
    func servers() throws {
        let imported = try ImportedLimiter(
            """
            limit_req_zone $binary_remote_addr zone=z:1m rate=1r/m;
            limit_req_dry_run on;
            server { server_name *.example.com; location /a { limit_req zone=z burst=2; } }
            server { server_name www.example.com; limit_req zone=z burst=4; }
            server { server_name ~^x\\d$; limit_req zone=z burst=8; }
            server { listen 80 default_server; limit_req zone=z burst=6; location /free { limit_req zone=none; } }
            limit_req_zone $host zone=none:1m rate=1000r/s;
            """)
        #expect(imported.policies[0].rules.allSatisfy { $0.mode == .shadow })
        func burst(_ host: String, _ path: String) throws -> Int64? {
            let rules = try imported.limiter.explain("nginx", [.ip: "1", "host": host, .path: path], charging: false)
                .rules
            return rules.first { String(describing: $0.rule) == "z" }?.decision.remaining
        }
        #expect(try burst("www.example.com", "/a") == 5)
        #expect(try burst("b.example.com", "/a") == 3)
        #expect(try burst("b.example.com", "/") == Decision.unlimited)
        #expect(try burst("other", "/a") == 7)
        #expect(try burst("other", "/free") == Decision.unlimited)
        #expect(imported.text.contains("The server in line 5 has no name that a pattern could say: left out."))
    }

    @Test("shows maps, which have no equal")
    func maps() throws {
        let imported = try ImportedLimiter(
            """
            geo $limit { default 1; 10.0.0.0/8 0; }
            map $limit $limit_key { 0 ""; 1 $binary_remote_addr; }
            limit_req_zone $limit_key zone=z:1m rate=10r/s;
            server { limit_req zone=z burst=9 nodelay; }
            """)
        #expect(imported.policies[0].rules == [Rule("z", by: .ip, .tokenBucket(10, per: .seconds(1), burst: 10))])
        #expect(imported.text.contains("#     map $limit $limit_key {"))
        #expect(imported.text.contains("#       1 $binary_remote_addr;"))
        #expect(imported.text.contains("them in the policy's 'allow'"))
    }

    @Test(
        "takes expressions that patterns can say",
        arguments: [
            ("\\\\.php$", ["*.php"]), ("^/a/", ["/a/*"]), ("^/a$", ["/a"]), ("^/(a|b)/c", ["/a/c*", "/b/c*"]),
            ("/x", ["*/x*"]), ("^/u/.*/edit$", ["/u/*/edit"]), ("\"^/a{2}\"", nil), ("^/[0-9]+", nil), ("^/a+", nil),
            ("^/(a|b)?c", nil), ("^/\\\\d", nil), ("^/a.c", nil), ("^/a\\\\*", nil),
        ] as [(String, [String]?)])
    func expressions(_ expression: String, _ patterns: [String]?) throws {
        let source = """
            limit_req_zone $binary_remote_addr zone=z:1m rate=1r/s;
            limit_req_zone $binary_remote_addr zone=y:1m rate=1r/s;
            server { limit_req zone=y; location ~ \(expression.replacing("\\\\", with: "\\")) { limit_req zone=z; } }
            """
        let rule = try ImportedLimiter(source).policies[0].rules.first { $0.name == "z" }
        #expect(rule?.condition.terms.first?.patterns.map(\.text) == patterns)
    }

    @Test(
        "says where the configuration is wrong",
        arguments: [
            ("limit_req_zone $a zone=z:1m ¦rate=5r/h;", "a rate is such as 5r/s or 30r/m, not '5r/h'"),
            (
                "limit_req_zone $a zone=z:1m ¦rat=5r/s;",
                "unknown parameter 'rat=5r/s' of 'limit_req_zone' (did you mean 'rate'?)"
            ),
            ("¦limit_req_zone $a rate=5r/s;", "'limit_req_zone' has no 'zone=NAME:SIZE'"),
            ("¦limit_req_zone;", "'limit_req_zone' has no key"),
            (
                "limit_req_zone $a zone=z:1m rate=5r/s;\nserver { limit_req ¦zone=y; }",
                "no zone is named 'y' (did you mean 'z'?)"
            ),
            (
                "limit_req_zone $a zone=z:1m;\nserver { limit_req zone=z ¦burst=-1; }",
                "'burst' is a whole number from 1, not '-1'"
            ),
            (
                "limit_req_zone $a zone=z:1m;\nserver { limit_req zone=z ¦nodely; }",
                "unknown parameter 'nodely' of 'limit_req' (did you mean 'nodelay'?)"
            ),
            ("limit_req_zone $a zone=z:1m;\n¦limit_req_zone $b zone=z:1m;", "the zone 'z' is already given in line 1"),
            ("server {\n  location / {\n    ¦limit_req zone=one\n  }\n}", "the directive 'limit_req' has no ';'"),
            ("http {\n  ¦server {\n", "this block has no '}'"),
            ("http { }\n¦}", "no block ends here"),
            ("http { server_name ¦'a; }", "this quote has no end"),
            ("limit_conn_zone $a zone=c:1m;\nserver { ¦limit_conn c; }", "'limit_conn' has a zone and a number"),
        ])
    func wrong(_ marked: String, _ message: String) {
        let text = MarkedText(marked)
        let error = #expect(throws: PolicyFileError.self) { try PolicyImport(text.yaml, name: "n.conf", as: .nginx) }
        #expect(error?.diagnostics.map(\.fullMessage) == [message])
        #expect(error?.diagnostics.map(\.position) == text.positions)
    }

    @Test("skips what is in other languages")
    func foreign() throws {
        let imported = try ImportedLimiter(
            """
            limit_req_zone ${binary_remote_addr}$uri zone=z:1m rate=1r/s;
            server {
                content_by_lua_block { if a then b = "}" .. '{' end; }
                if ($request_method = POST) { return 405; }
                add_header X "a;b{c}\\"d";
                limit_req zone=z;
            }
            """)
        #expect(
            imported.policies[0].rules == [Rule("z", by: [.ip, .path], .tokenBucket(1, per: .seconds(1), burst: 1))])
    }
}
