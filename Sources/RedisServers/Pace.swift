internal import NIOCore

/// Lets a load rest for a moment, so that it does not keep a core busy with asking a server that is away.
///
/// For loads only. What a test expects it waits for with `eventually`.
package func rest(_ pause: Duration = .milliseconds(1)) async {
    // Whoever is cancelled need not rest.
    try? await Task.sleep(for: pause)
}

/// The machine's steady clock, the same in all its processes.
package func steadyNanoseconds() -> Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }
