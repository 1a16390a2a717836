/// A directive of an nginx configuration: `limit_req zone=one burst=5;`, or one with a block.
struct NginxDirective {
    struct Word {
        let text: String
        let position: SourcePosition
    }

    let name: String
    let position: SourcePosition
    let arguments: [Word]
    /// What stands in its braces, if it has any.
    let block: [NginxDirective]?

    /// The directives of a name in its block.
    func all(_ name: String) -> [NginxDirective] { block?.filter { $0.name == name } ?? [] }
}
