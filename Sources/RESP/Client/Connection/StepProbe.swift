import NIOCore

/// A question whose answer shows that replies still belong to their commands.
///
/// Replies have no numbers. If one gets lost on the way, as a proxy may have it, each that follows is taken for the
/// answer to the command before, for as long as commands keep coming: everybody is answered, and wrongly. So after a
/// time-out the server is asked for a word that it can only say in one place.
struct StepProbe {
    let number: UInt64

    private var word: String { "in-step-\(number)" }

    var request: ByteBuffer {
        var writer = RequestWriter()
        writer.command("PING", arguments: 1)
        writer.argument(word)
        return writer.buffer
    }

    /// Whether a reply to a command shows that replies are out of step.
    ///
    /// A refusal shows nothing: not every user may say `PING`, and not every server is able to.
    func isContradicted(by value: RESPValue, to command: PendingCommand) -> Bool {
        if case .error = value { return false }
        return (value.text == word) != (command.number == number)
    }
}
