internal import Sluice

/// What happens to one update.
extension BotPipeline {
    /// Decides an update, and runs its handler if it may pass. Returns when the handler does.
    ///
    /// Safe to call from many tasks at once; updates of one chat stay in order if they are handed in one by one.
    /// - Parameters:
    ///   - update: What happened.
    ///   - replier: Sends replies to this update, in place of the pipeline's.
    /// - Returns: What became of it. What a handler throws is in it, never thrown.
    @discardableResult
    public func handle(_ update: BotUpdate, replyingBy replier: BotReplier? = nil) async -> BotOutcome {
        guard let target = table.target(of: update) else {
            hub.send(.unhandled(update))
            return .unhandled
        }
        let replier = replier ?? self.replier
        guard !target.exempts(update) else {
            return await run(BotCall(update: update, decision: .nothingApplies, target, nil, replier), nil)
        }
        do throws(SluiceError) {
            let plan = try target.plan(limiter, joint)
            let own = target.handler.values?(update)
            let answer: JointAnswer
            switch try plan.begin(update, own: own, cost: target.handler.cost, joint) {
            case .decided(let decided): answer = decided
            case .planned(let plans): answer = try await joint.finish(plans, holdsSlots: plan.holdsSlots)
            }
            guard case .denied(let denial) = answer.decision else {
                return await run(
                    BotCall(update: update, decision: answer.decision, target, plan, replier), answer.lease)
            }
            return await refuse(update, denial, plan.policy(at: answer.place), target, replier)
        } catch {
            return await fail(BotFailure(update: update, handler: target.handler.name, error: error), replier)
        }
    }

    /// Runs a handler, and holds its slots until it returns.
    private func run(_ call: BotCall, _ lease: Lease?) async -> BotOutcome {
        if let onAllowed = settings.onAllowed { await onAllowed(call) }
        let held = lease.map { keeper.hold($0) }
        do {
            try await call.target.body(call)
        } catch {
            await held?.release()
            if call.target.handler.refundsFailures { try? await call.refund() }
            return await fail(BotFailure(update: call.update, handler: call.handler, error: error), call.replier)
        }
        await held?.release()
        hub.send(.handled(call))
        return .handled(call.decision)
    }

    private func refuse(
        _ update: BotUpdate, _ denial: Denial, _ policy: Policy?, _ target: BotRouteTarget, _ replier: BotReplier?
    ) async -> BotOutcome {
        let name = denial.rule?.description
        let rule = policy?.rules.first { $0.name == name }
        let refusal = BotDenial(
            update: update, handler: target.handler.name, policy: policy?.name ?? "",
            algorithm: rule?.limit.algorithm, denial: denial)
        hub.send(.denied(refusal))
        if let onDenied = settings.onDenied { await onDenied(refusal) }
        if let replier, let reply = settings.reply(to: refusal),
            await gate.opens(for: update, closingFor: denial.retryAfter)
        {
            await send(reply, to: refusal.update, of: refusal.handler, replier)
        }
        return .denied(refusal)
    }

    private func fail(_ failure: BotFailure, _ replier: BotReplier?) async -> BotOutcome {
        hub.send(.failed(failure))
        if let onError = settings.onError { await onError(failure) }
        // Whoever gave the work up wants no words about it.
        if settings.repliesToFailures, !(failure.error is CancellationError), let replier,
            await gate.opens(for: failure.update, closingFor: settings.silenceAfterFailure)
        {
            let phrases = settings.phrases(for: failure.update.user?.language)
            await send(failure.update.reply(phrases.failed), to: failure.update, of: failure.handler, replier)
        }
        return .failed(failure)
    }

    /// Sends words of the pipeline's own. That they could not be sent is told, and changes nothing else.
    private func send(
        _ reply: BotReply, to update: BotUpdate, of handler: String, _ replier: BotReplier
    ) async {
        do {
            try await replier(reply, update)
        } catch {
            let failure = BotFailure(update: update, handler: handler, error: error)
            hub.send(.failed(failure))
            if let onError = settings.onError { await onError(failure) }
        }
    }
}
