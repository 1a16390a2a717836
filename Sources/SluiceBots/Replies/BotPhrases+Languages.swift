extension BotPhrases {
    /// The languages that are there to begin with, by their tags.
    public static let languages: [String: BotPhrases] = [
        "en": .english, "de": .german, "fr": .french, "es": .spanish, "it": .italian, "pt": .portuguese,
        "ru": .russian, "uk": .ukrainian, "tr": .turkish, "id": .indonesian,
    ]

    /// English, for whoever speaks a language that is not there.
    public static let english = BotPhrases(
        wait: "Not so fast, please. Try again in {time}.",
        busy: "I am busy with others. Try again in a moment.",
        banned: "That was too often. Come back in {time}.",
        never: "I cannot do that.",
        failed: "Something went wrong. Please try again later.",
        seconds: PluralWords("second", "seconds"), minutes: PluralWords("minute", "minutes"),
        hours: PluralWords("hour", "hours"), days: PluralWords("day", "days"), plural: .one)

    static let german = BotPhrases(
        wait: "Bitte nicht so schnell. Versuche es in {time} noch einmal.",
        busy: "Ich bin gerade mit anderen beschäftigt. Versuche es gleich noch einmal.",
        banned: "Das war zu oft. Komm in {time} wieder.",
        never: "Das kann ich nicht.",
        failed: "Da ist etwas schiefgegangen. Bitte versuche es später noch einmal.",
        seconds: PluralWords("Sekunde", "Sekunden"), minutes: PluralWords("Minute", "Minuten"),
        hours: PluralWords("Stunde", "Stunden"), days: PluralWords("Tag", "Tagen"), plural: .one)

    static let french = BotPhrases(
        wait: "Pas si vite, s’il te plaît. Réessaie dans {time}.",
        busy: "Je suis occupé avec d’autres. Réessaie dans un instant.",
        banned: "C’était trop souvent. Reviens dans {time}.",
        never: "Je ne peux pas faire cela.",
        failed: "Une erreur est survenue. Réessaie plus tard, s’il te plaît.",
        seconds: PluralWords("seconde", "secondes"), minutes: PluralWords("minute", "minutes"),
        hours: PluralWords("heure", "heures"), days: PluralWords("jour", "jours"), plural: .zeroAndOne)

    static let spanish = BotPhrases(
        wait: "No tan rápido, por favor. Inténtalo de nuevo en {time}.",
        busy: "Estoy ocupado con otras personas. Inténtalo de nuevo en un momento.",
        banned: "Han sido demasiadas veces. Vuelve en {time}.",
        never: "No puedo hacer eso.",
        failed: "Algo ha salido mal. Inténtalo de nuevo más tarde, por favor.",
        seconds: PluralWords("segundo", "segundos"), minutes: PluralWords("minuto", "minutos"),
        hours: PluralWords("hora", "horas"), days: PluralWords("día", "días"), plural: .one)

    static let italian = BotPhrases(
        wait: "Non così in fretta, per favore. Riprova tra {time}.",
        busy: "Sono occupato con altri. Riprova tra un momento.",
        banned: "È stato troppo spesso. Torna tra {time}.",
        never: "Non posso farlo.",
        failed: "Qualcosa è andato storto. Riprova più tardi, per favore.",
        seconds: PluralWords("secondo", "secondi"), minutes: PluralWords("minuto", "minuti"),
        hours: PluralWords("ora", "ore"), days: PluralWords("giorno", "giorni"), plural: .one)

    static let portuguese = BotPhrases(
        wait: "Mais devagar, por favor. Tente novamente em {time}.",
        busy: "Estou ocupado com outras pessoas. Tente novamente daqui a pouco.",
        banned: "Foram vezes demais. Volte em {time}.",
        never: "Não posso fazer isso.",
        failed: "Algo deu errado. Tente novamente mais tarde, por favor.",
        seconds: PluralWords("segundo", "segundos"), minutes: PluralWords("minuto", "minutos"),
        hours: PluralWords("hora", "horas"), days: PluralWords("dia", "dias"), plural: .zeroAndOne)

    static let russian = BotPhrases(
        wait: "Не так быстро, пожалуйста. Попробуйте снова через {time}.",
        busy: "Я занят с другими. Попробуйте снова чуть позже.",
        banned: "Это было слишком часто. Возвращайтесь через {time}.",
        never: "Этого я не могу.",
        failed: "Что-то пошло не так. Пожалуйста, попробуйте позже.",
        seconds: PluralWords("секунду", "секунд", few: "секунды"),
        minutes: PluralWords("минуту", "минут", few: "минуты"),
        hours: PluralWords("час", "часов", few: "часа"), days: PluralWords("день", "дней", few: "дня"),
        plural: .slavic)

    static let ukrainian = BotPhrases(
        wait: "Не так швидко, будь ласка. Спробуйте знову через {time}.",
        busy: "Я зайнятий з іншими. Спробуйте знову трохи пізніше.",
        banned: "Це було занадто часто. Повертайтеся через {time}.",
        never: "Цього я не можу.",
        failed: "Щось пішло не так. Будь ласка, спробуйте пізніше.",
        seconds: PluralWords("секунду", "секунд", few: "секунди"),
        minutes: PluralWords("хвилину", "хвилин", few: "хвилини"),
        hours: PluralWords("годину", "годин", few: "години"), days: PluralWords("день", "днів", few: "дні"),
        plural: .slavic)

    static let turkish = BotPhrases(
        wait: "Lütfen bu kadar hızlı değil. {time} sonra tekrar deneyin.",
        busy: "Şu anda başkalarıyla meşgulüm. Birazdan tekrar deneyin.",
        banned: "Bu çok fazla oldu. {time} sonra tekrar gelin.",
        never: "Bunu yapamam.",
        failed: "Bir şeyler ters gitti. Lütfen daha sonra tekrar deneyin.",
        seconds: "saniye", minutes: "dakika", hours: "saat", days: "gün", plural: .none)

    static let indonesian = BotPhrases(
        wait: "Jangan terlalu cepat. Coba lagi dalam {time}.",
        busy: "Saya sedang sibuk dengan yang lain. Coba lagi sebentar lagi.",
        banned: "Itu terlalu sering. Kembali lagi dalam {time}.",
        never: "Saya tidak bisa melakukan itu.",
        failed: "Terjadi kesalahan. Silakan coba lagi nanti.",
        seconds: "detik", minutes: "menit", hours: "jam", days: "hari", plural: .none)
}
