import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Sluice

/// Whom the bot asks for answers.
struct Sources: Sendable {
    /// A language model.
    var model: @Sendable (String) async throws -> String
    /// Wikipedia: the beginning of an article.
    var wikipedia: @Sendable (String) async throws -> String
    /// IGDB: what a game is about.
    var games: @Sendable (String) async throws -> String

    /// The same, Wikipedia and IGDB asked only as fast as they allow, and the model not at all while it rests.
    func paced(
        wikipedia wikipediaPacer: Pacer<Limiter>, games gamesPacer: Pacer<Limiter>, model breaker: CircuitBreaker
    ) -> Sources {
        Sources(
            model: { question in try await breaker.run { try await model(question) } },
            wikipedia: { title in
                try await wikipediaPacer.send(upTo: .seconds(20)) { try await wikipedia(title) }
            },
            games: { title in try await gamesPacer.send(upTo: .seconds(20)) { try await games(title) } })
    }
}

extension Sources {
    /// The real ones.
    static func web(_ environment: [String: String]) -> Sources {
        let model = environment["LLM_URL"] ?? "http://127.0.0.1:1234"
        let name = environment["LLM_MODEL"] ?? "default"
        return Sources(
            model: { question in
                let question = ChatQuestion(model: name, messages: [.init(role: "user", content: question)])
                var request = HTTPClientRequest(url: model + "/v1/chat/completions")
                request.method = .POST
                request.headers.add(name: "content-type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(question)))
                return try await answer(to: request, as: ChatAnswer.self).choices.first?.message.content ?? "…"
            },
            wikipedia: { title in
                let path = title.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                let request = HTTPClientRequest(url: "https://en.wikipedia.org/api/rest_v1/page/summary/\(path)")
                return try await answer(to: request, as: Article.self).extract
            },
            games: { title in
                guard let client = environment["IGDB_CLIENT"], let token = environment["IGDB_TOKEN"] else {
                    return "I do not know games"
                }
                var request = HTTPClientRequest(url: "https://api.igdb.com/v4/games")
                request.method = .POST
                request.headers.add(name: "client-id", value: client)
                request.headers.add(name: "authorization", value: "Bearer \(token)")
                let words = title.filter { $0 != "\"" && $0 != "\\" }
                request.body = .bytes(ByteBuffer(string: "search \"\(words)\"; fields name,summary; limit 1;"))
                return try await answer(to: request, as: [Game].self).first?.summary ?? "I know no such game"
            })
    }

    private struct ChatQuestion: Encodable {
        struct Message: Codable {
            var role: String
            var content: String
        }

        var model: String
        var messages: [Message]
    }

    private struct ChatAnswer: Decodable {
        struct Choice: Decodable { var message: Message }
        struct Message: Decodable { var content: String }

        var choices: [Choice]
    }

    private struct Article: Decodable { var extract: String }
    private struct Game: Decodable { var summary: String? }
    private struct Refused: Error { var status: UInt }

    private static func answer<Answer: Decodable>(
        to request: HTTPClientRequest, as type: Answer.Type
    ) async throws -> Answer {
        var request = request
        request.headers.add(name: "user-agent", value: "sluice-twitch-bot")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        guard response.status.code == 200 else { throw Refused(status: response.status.code) }
        let body = try await response.body.collect(upTo: 1 << 20)
        return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }
}
