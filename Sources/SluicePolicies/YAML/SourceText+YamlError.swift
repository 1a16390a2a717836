internal import Yams

extension SourceText {
    func malformed(_ message: String, at position: SourcePosition) -> PolicyFileError {
        PolicyFileError(.malformed, [diagnostic(message, at: position)])
    }

    /// What Yams found wrong, in words for somebody who knows the file and not the parser.
    func malformed(_ error: YamlError) -> PolicyFileError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            malformed(problem, context, at: SourcePosition(mark))
        case .memory: malformed("the text cannot be parsed: there is no memory for it", at: .start)
        default:
            malformed("the text cannot be parsed: \(error)", at: .start)
        }
    }

    private func malformed(
        _ problem: String, _ context: YamlError.Context?, at position: SourcePosition
    ) -> PolicyFileError {
        let position = clamped(position)
        if indentation(of: position.line).contains("\t") || scalar(at: position) == "\t" {
            let column = (lines[position.line - 1].firstIndex(of: "\t")).map {
                lines[position.line - 1].distance(from: lines[position.line - 1].startIndex, to: $0) + 1
            }
            let tab = SourcePosition(line: position.line, column: column ?? position.column)
            return malformed("tabs cannot indent YAML; use spaces", at: tab)
        }
        switch problem {
        case "mapping values are not allowed in this context":
            return malformed("': ' cannot stand here; put text that contains it in quotes", at: position)
        case "found character that cannot start any token":
            let character = scalar(at: position).map { String(Character($0)).quoted } ?? "this"
            return malformed("\(character) cannot begin a value; put the value in quotes", at: position)
        case "but found another document":
            return malformed("a policy file is one document; a second one begins here", at: position)
        case _ where problem.hasPrefix("Maximum nesting level"):
            return malformed("values nest deeper than \(PolicyFile.maximumDepth) levels", at: position)
        default:
            let place = context.map { ", \($0.text) that begins in line \($0.mark.line)" } ?? ""
            return malformed("not valid YAML: \(problem)\(place)", at: position)
        }
    }

    private func indentation(of line: Int) -> String.UnicodeScalarView.SubSequence {
        lines[line - 1].prefix { $0 == " " || $0 == "\t" }
    }
}
