public import Hummingbird

/// What a request costs.
///
/// ```swift
/// cost: 5
/// cost: .request { request, _ in request.method == .get ? 1 : 10 }
/// cost: .response(reserving: 10) { _, _, response in Int64(response.body.contentLength ?? 0) / 1_024 }
/// ```
public struct RequestCost<Context: RequestContext>: Sendable, ExpressibleByIntegerLiteral {
    private enum Kind: Sendable {
        case fixed(Int64)
        case request(@Sendable (Request, Context) -> Int64)
        case response(Int64, @Sendable (Request, Context, Response) -> Int64)
    }

    private let kind: Kind

    public init(integerLiteral cost: Int64) { kind = .fixed(cost) }

    private init(_ kind: Kind) { self.kind = kind }

    /// The same for every request.
    public static func fixed(_ cost: Int64) -> RequestCost { RequestCost(.fixed(cost)) }

    /// As each request says, before it is answered; 0 for one that is free.
    public static func request(_ cost: @escaping @Sendable (Request, Context) -> Int64) -> RequestCost {
        RequestCost(.request(cost))
    }

    /// As its response says, before that is sent.
    ///
    /// `reserving` is charged first, and a request that it is too much for is denied. What was not needed of it is
    /// given back. What goes beyond it is charged as far as there is something left: the work is done by then, so a
    /// caller can get more than was left once, by what `reserving` was too little, and waits for it the next time.
    /// Reserve the most that a request can cost and nobody gets more than the limit. When no response comes but an
    /// error, what was reserved stays charged.
    /// - Parameters:
    ///   - reserving: What is charged before; 0 admits everybody.
    ///   - cost: What it has cost.
    public static func response(
        reserving: Int64 = 1, _ cost: @escaping @Sendable (Request, Context, Response) -> Int64
    ) -> RequestCost {
        RequestCost(.response(reserving, cost))
    }

    /// Whether it is known only when the request is answered.
    var isSettled: Bool {
        if case .response = kind { true } else { false }
    }

    /// What is charged before the request is answered.
    func charged(_ request: Request, _ context: Context) -> Int64 {
        switch kind {
        case .fixed(let cost): cost
        case .request(let cost): cost(request, context)
        case .response(let reserved, _): reserved
        }
    }

    /// What it has cost in the end; `nil` if that was known before.
    func actual(_ request: Request, _ context: Context, _ response: Response) -> Int64? {
        if case .response(_, let cost) = kind { cost(request, context, response) } else { nil }
    }
}
