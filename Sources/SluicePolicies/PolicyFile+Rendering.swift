public import Sluice

extension PolicyFile {
    /// The policies as a policy file in canonical form: one spelling for each span, defaults left out.
    ///
    /// Reading it gives the same policies again, if they are such as ``Sluice/Limiter/validate(_:)`` accepts and no
    /// condition names the same key twice, which a policy file cannot say.
    public static func render(_ policies: [Policy]) -> String {
        var writer = YAMLWriter()
        writer.write(document(policies))
        return writer.text
    }

    /// The policies in JSON, with the structure of a policy file; as JSON is YAML, it can be read as one.
    public static func renderJSON(_ policies: [Policy]) -> String {
        JSONText.text(document(policies)) + "\n"
    }
}
