import Testing

@testable import SluiceServer

#if TLS
@Suite("Who is let in")
struct AccessControlTests {
    private static func secret(_ user: String, _ edition: Int = 1) -> String {
        UsersUnderTest.secret(of: user, edition: edition)
    }

    @Test("is who has a user's secret, with his roles")
    func bearer() throws {
        let access = try UsersUnderTest.access()
        for (user, roles) in UsersUnderTest.roles {
            let granted = try #require(access.authorize(bearer: Self.secret(user), from: "here"))
            #expect(granted.user.name == user)
            #expect(granted.user.roles == roles.reduce(into: Roles()) { $0.insert(Roles($1)) })
            for role in Role.allCases { #expect(granted.user.roles.contains(role) == roles.contains(role)) }
        }
        for wrong in ["", "x", Self.secret("nobody"), Self.secret("edge") + "x", String(repeating: "x", count: 1_000)] {
            #expect(access.authorize(bearer: wrong, from: "here") == nil)
        }
    }

    @Test("and calls himself by his name, or by the one that clients send for want of one")
    func names() throws {
        let access = try UsersUnderTest.access()
        func user(_ name: String?, _ secret: String) -> String? {
            var secret = secret
            return secret.withUTF8 {
                access.authorize(secret: UnsafeRawBufferPointer($0), as: name, from: "here")?.user.name
            }
        }
        #expect(user("edge", Self.secret("edge")) == "edge")
        #expect(user(nil, Self.secret("edge")) == "edge")
        #expect(user("default", Self.secret("edge")) == "edge")
        #expect(user("boss", Self.secret("edge")) == nil)
        #expect(user("", Self.secret("edge")) == nil)
        #expect(user("Edge", Self.secret("edge")) == nil)
    }

    @Test("changes with the users: a secret more, then the old one less, then the user himself")
    func rotation() throws {
        let access = try UsersUnderTest.access()
        let old = try #require(access.authorize(bearer: Self.secret("edge"), from: "here"))
        #expect(access.isCurrent(old))
        access.replace(with: try UsersUnderTest.table(editions: [1, 2]))
        #expect(!access.isCurrent(old))
        let renewed = try #require(access.renewed(old))
        #expect(access.isCurrent(renewed) && renewed.user.name == "edge")
        let new = try #require(access.authorize(bearer: Self.secret("edge", 2), from: "here"))
        access.replace(with: try UsersUnderTest.table(editions: [2]))
        #expect(access.renewed(renewed) == nil)
        #expect(access.authorize(bearer: Self.secret("edge"), from: "here") == nil)
        #expect(access.renewed(new)?.user.name == "edge")
        access.replace(with: try UsersUnderTest.table(editions: [2], without: "edge"))
        #expect(access.renewed(new) == nil)
        // Somebody else with the secret is somebody else.
        access.replace(with: UserTable([(User("heir", .all), [try #require(SecretHash(of: Self.secret("edge", 2)))])]))
        #expect(access.renewed(new) == nil)
        #expect(access.authorize(bearer: Self.secret("edge", 2), from: "here")?.user.name == "heir")
    }

    @Test("and who is not is told to the log once a second, with a count and never with what he gave")
    func refusals() throws {
        let log = RecordedLog()
        let refusals = RefusalLog(log.logger)
        let start = ContinuousClock.now
        for index in 0..<5 { refusals.note(from: "192.0.2.\(index)", at: start + .milliseconds(index * 100)) }
        #expect(log.lines == ["warning Refused a wrong secret count=1 last-from=192.0.2.0"])
        refusals.tell(at: start + .milliseconds(999))
        #expect(log.lines.count == 1)
        refusals.tell(at: start + .seconds(1))
        #expect(log.lines.last == "warning Refused a wrong secret count=4 last-from=192.0.2.4")
        refusals.tell(at: start + .seconds(9))
        #expect(log.lines.count == 2)
        let access = try UsersUnderTest.access(logger: log.logger)
        for field in ["Bearer never-to-be-shown", "Basic bmV2ZXItdG8tYmUtc2hvd246eA==", "nonsense-never"] {
            #expect(access.authorize(field: field, from: "192.0.2.9") == nil)
        }
        #expect(log.lines.count == 3 && !log.lines.joined().contains("never"))
    }
}
#endif
