extension EventReading {
    /// What makes two updates the same thing said twice.
    ///
    /// Of a message its words and files; of the edit of one also which message; of a pressed button its data and where
    /// it is; of other things what was chosen. `nil` for what cannot be said twice, such as a join. Who said it is for
    /// rules to count by.
    var fingerprint: String? {
        switch kind {
        case _ where kind.isEdit: content.map { "edit \(place) \($0)" }
        case _ where kind.isMessage: content
        case .callbackQuery: "press \(event.data ?? event.gameShortName ?? "") \(place)".bounded
        case .inlineQuery: "query \((event.query ?? "").normalized) \(event.offset ?? "")".bounded
        case .chosenInlineResult: "chose \(event.resultID ?? "")".bounded
        case .shippingQuery, .preCheckoutQuery: "\(kind) \(event.invoicePayload ?? "")".bounded
        case .purchasedPaidMedia: "paid \(event.paidMediaPayload ?? "")".bounded
        case .pollAnswer:
            "vote \(event.pollID ?? "") \((event.optionIDs ?? []).map(String.init).joined(separator: ","))".bounded
        case .messageReaction: "react \(place) \(reactions)".bounded
        default: nil
        }
    }

    private var place: String {
        let chat = chat.map { String($0.id) } ?? ""
        let message = (event.messageID ?? event.message?.messageID).map { String($0) } ?? event.inlineMessageID ?? ""
        return "\(chat)/\(message)"
    }

    private var reactions: String {
        (event.newReaction ?? []).map { $0.emoji ?? $0.customEmojiID ?? $0.type }.joined(separator: ",")
    }

    /// What a message says: its words, and the file or thing it carries.
    private var content: String? {
        let words = (event.text ?? event.caption)?.normalized
        let parts = [thing, words].compactMap { $0 }.filter { !$0.isEmpty }
        return parts.isEmpty ? nil : parts.joined(separator: " ").bounded
    }

    private var thing: String? {
        // An animation is sent as a document, too; and of a photo's sizes the last is the largest.
        let file =
            event.animation ?? event.audio ?? event.document ?? event.photo?.last ?? event.sticker ?? event.video
            ?? event.videoNote ?? event.voice
        if let file { return "file:\(file.uniqueID)" }
        if let contact = event.contact { return "contact:\(contact.phoneNumber)" }
        if let dice = event.dice { return "dice:\(dice.emoji)" }
        if let game = event.game { return "game:\(game.title)" }
        if let poll = event.poll { return "poll:\(poll.id)" }
        if let place = event.location { return "place:\(place.latitude),\(place.longitude)" }
        return nil
    }
}

extension String {
    /// The same words in lower case, with one space between them and without what nobody sees: so that neither a
    /// capital nor a hidden character makes a text another one.
    var normalized: String {
        var result = ""
        result.reserveCapacity(utf8.count)
        var isGap = false
        for scalar in lowercased().unicodeScalars {
            if scalar.properties.isWhitespace {
                isGap = true
            } else if !scalar.properties.isDefaultIgnorableCodePoint {
                if isGap, !result.isEmpty { result.unicodeScalars.append(" ") }
                isGap = false
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The same if it is short; else its beginning, its length and a hash of the whole, so that texts which differ
    /// late remain different within what a descriptor holds.
    var bounded: String {
        guard utf8.count > 512 else { return self }
        // FNV-1a, 64 bits: equal in all processes. Whoever finds two texts of one hash limits only himself.
        let hash = utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        var beginning = ""
        for character in self {
            guard beginning.utf8.count + character.utf8.count <= 400 else { break }
            beginning.append(character)
        }
        return "\(beginning)… \(utf8.count) \(String(hash, radix: 16))"
    }
}
