import Foundation
import Sluice

/// The costs that a plan reckons with: those of docs/performance.md, unless others are given.
public struct UnitCosts: Sendable, Hashable {
    private var given: [UnitCost: Double] = [:]
    /// Who says what is not as usual, such as a file's name.
    public private(set) var giver = ""

    /// As they were measured on the machine of docs/performance.md.
    public init() {}

    /// Costs from JSON, an object of numbers by the names of ``UnitCost``; what it leaves out is as usual.
    /// - Parameter giver: The name to tell where they come from.
    /// - Throws: ``BenchError`` with what is wrong and the nearest name.
    public init(json: String, from giver: String) throws(BenchError) {
        guard let object = try? JSONDecoder().decode([String: Double].self, from: Data(json.utf8)) else {
            throw BenchError(
                "\(giver): no file of costs; it is a JSON object of numbers, such as --print-costs prints")
        }
        self.giver = giver
        for (name, value) in object.sorted(by: { $0.key < $1.key }) {
            guard let cost = UnitCost(rawValue: name) else {
                let names = UnitCost.allCases.map(\.rawValue)
                throw BenchError(
                    "\(giver): there is no cost '\(name)'\(NearestWord.hint(for: name, among: names)); --print-costs "
                        + "prints all")
            }
            guard value > 0, value < 1e12 else {
                throw BenchError("\(giver): \(name) is \(value), and has to be above 0")
            }
            given[cost] = value
        }
    }

    /// A cost in its unit.
    public subscript(cost: UnitCost) -> Double {
        get { given[cost] ?? cost.detail.usual }
        set { given[cost] = newValue }
    }

    /// Where a cost comes from.
    public func source(of cost: UnitCost) -> String { given[cost] == nil ? cost.detail.source : giver }

    /// A time in seconds.
    func seconds(_ cost: UnitCost) -> Double { self[cost] * 1e-6 }

    /// All of them as JSON, to be changed and given back.
    public var json: String {
        let lines = UnitCost.allCases.map { "  \"\($0.rawValue)\": \(Self.text(self[$0]))" }
        return "{\n\(lines.joined(separator: ",\n"))\n}"
    }

    private static func text(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
