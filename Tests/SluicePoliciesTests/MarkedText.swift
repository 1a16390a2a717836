import SluicePolicies

/// A text with a `¦` before each place where a diagnostic is expected.
struct MarkedText {
    let yaml: String
    let positions: [SourcePosition]

    init(_ marked: String) {
        var yaml = String.UnicodeScalarView()
        var positions: [SourcePosition] = []
        var position = SourcePosition(line: 1, column: 1)
        for scalar in marked.unicodeScalars {
            if scalar == "¦" {
                positions.append(position)
                continue
            }
            yaml.append(scalar)
            if scalar == "\n" {
                position = SourcePosition(line: position.line + 1, column: 1)
            } else {
                position.column += 1
            }
        }
        self.yaml = String(yaml)
        self.positions = positions
    }

    /// A file of one policy with one rule of these keys.
    static func rule(_ keys: String) -> MarkedText {
        MarkedText("policies:\n  p:\n    rules:\n      - {name: r, \(keys)}\n")
    }

    /// What is wrong with the text; nothing if it is a policy file.
    var diagnostics: [PolicyDiagnostic] {
        do {
            _ = try PolicyFile(yaml: yaml, name: "f.yaml")
            return []
        } catch {
            return error.diagnostics
        }
    }
}
