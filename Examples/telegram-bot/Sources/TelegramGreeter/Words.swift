/// What the bot says, in the user's language.
struct Words {
    private let isGerman: Bool

    init(_ language: String?) { isGerman = language?.hasPrefix("de") == true }

    func hello(_ name: String?) -> String {
        isGerman
            ? "Hallo \(name ?? "du")! Schreib mir etwas, oder würfle mit /roll."
            : "Hello \(name ?? "you")! Write me something, or /roll a dice."
    }

    func said(_ text: String) -> String { isGerman ? "Du sagst: \(text)" : "You say: \(text)" }

    var pressed: String { isGerman ? "Gedrückt." : "Pressed." }
}
