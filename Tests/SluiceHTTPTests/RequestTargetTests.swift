import Testing

@testable import SluiceHTTP

@Suite("A request's target")
struct RequestTargetTests {
    @Test(
        "names one path in one way",
        arguments: [
            ("/login", "/login"), ("//login", "/login"), ("/%6Cogin", "/login"), ("/a/../login", "/login"),
            ("/./login?x=1", "/login"), ("/login#here", "/login"), ("/../../login", "/login"), ("/", "/"), ("", "/"),
            ("/a/", "/a/"), ("/a/b/..", "/a/"), ("/a%2Fb", "/a/b"), ("/%zz%4", "/%zz%4"),
            ("/gr%C3%BC%C3%9Fe", "/grüße"),
            ("http://example.com/login?x", "/login"), ("http://example.com", "/"), ("*", "/*"), ("/a+b", "/a+b"),
            ("/%256C", "/%6C"),
        ])
    func path(target: String, path: String) {
        #expect(RequestTarget(target).path == path)
    }

    @Test("has parameters, decoded, of which the first counts")
    func query() {
        let target = RequestTarget("/a?key=one%20two&key=three&empty=&flag&plus=a+b&%6eame=x&=y#key=z")
        #expect(target.parameter("key") == "one two")
        #expect(target.parameter("empty") == "")
        #expect(target.parameter("flag") == "")
        #expect(target.parameter("plus") == "a b")
        #expect(target.parameter("name") == "x")
        #expect(target.parameter("other") == nil)
        #expect(target.parameters.map(\.name) == ["key", "key", "empty", "flag", "plus", "name", ""])
    }
}
