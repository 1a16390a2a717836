-- Penalties

local function penaltyParts(memory, window, expiry, payload)
    if expiry <= now then return 0, 0, 0, 0 end
    local level, denials = floor(payload / 2 ^ 42), floor(payload / 2 ^ 28) % 2 ^ 14
    if level == 0 then return 0, denials, expiry - window, expiry end
    return level, denials, expiry - memory + payload % 2 ^ 28 * (floor(memory / 2 ^ 28) + 1), expiry
end

local function penaltyCell(p, level, denials, start, expiry)
    local offset = 0
    if level > 0 then
        offset = min(2 ^ 28 - 1, floor(max(0, start - (expiry - p.period)) / (floor(p.period / 2 ^ 28) + 1)))
    end
    return expiry, level * 2 ^ 42 + denials * 2 ^ 28 + offset
end

-- The level, denials, start of their window and expiry of a charge's penalty.
local function penaltyState(c)
    local b, p = c.bucket, c.penalty
    local at, place, expiry, payload = read(b, c.penaltyField)
    c.penaltyAt = at
    if not at or expiry <= now then return 0, 0, 0, 0 end
    local mark = markAt(b, place)
    if mark == p.mark then return penaltyParts(p.period, p.count, expiry, payload) end
    if not mark then return 0, 0, 0, 0 end
    local old, window, memory = decode('<BI7I7', mark)
    local level, denials, start, last = penaltyParts(memory, window, expiry, payload)
    if level == 0 then return 0, denials, start, start + p.count end
    if old ~= p.algorithm then return 0, 0, 0, 0 end
    return level, denials, start, old == BAN and last - memory + p.period or last
end

local function shrinkLevel(c)
    if c.penalty.algorithm ~= SHRINK then return 0 end
    local level, _, _, expiry = penaltyState(c)
    if level == 0 or expiry <= now then return 0 end
    return min(4, ceil((expiry - now) / c.penalty.y))
end

-- Whether the caller is banned; if so he has his answer.
local function isBanned(c)
    local p = c.penalty
    if p.algorithm == SHRINK then
        c.level = shrinkLevel(c)
        return false
    end
    local level, _, _, expiry = penaltyState(c)
    local ban = level > 0 and expiry - p.period - now or 0
    if ban <= 0 then return false end
    -- The limit itself may keep him out for longer than the ban, or for ever.
    ask(c, c.limits, c.cost)
    detail(c)
    local outcome, retry, retryPart = c.outcome, c.retry, c.retryPart
    ask(c, c.limits, 0)
    detail(c)
    if c.entry.isWrong then return true end
    if c.reset < ban then c.reset, c.resetPart = ban, 0 end
    if retry < ban then retry, retryPart = ban, 0 end
    c.outcome = outcome == IMPOSSIBLE and IMPOSSIBLE or BANNED
    c.remaining, c.retry, c.retryPart = 0, retry, retryPart
    if retryPart > 0 then c.form = FRACTIONS end
    return true
end

local function capacity(l) return l.algorithm == TOKEN_BUCKET and l.x or l.count end

-- A cost that only a shrunk limit cannot hold passes when enough of it has recovered and nothing is in use.
local function awaitRecovery(c)
    if c.outcome ~= IMPOSSIBLE or c.penalty.algorithm ~= SHRINK then return end
    for level = 4, 0, -1 do
        if capacity(limits[c.first + level]) >= c.cost then
            local bans, _, _, expiry = penaltyState(c)
            local recovery = bans > 0 and expiry - now - c.penalty.y * level or 0
            if recovery <= 0 then return end
            detail(c)
            c.outcome, c.retry, c.retryPart = LIMITED, c.reset, c.resetPart
            if c.retry < recovery then c.retry, c.retryPart = recovery, 0 end
            return
        end
    end
end

-- Counts a denial towards the penalty and says for how long it bans.
local function countDenial(c)
    local p = c.penalty
    local level, denials, start, expiry = penaltyState(c)
    if denials == 0 or now - start >= p.count then denials, start = 0, now end
    denials = denials + 1
    local ban = 0
    if denials < p.x then
        if level == 0 then expiry = start + p.count end
    else
        denials, start, level = 0, now, min(31, level + 1)
        if p.algorithm == SHRINK then
            expiry = min(max(level > 1 and expiry or now, now) + p.y, now + p.period)
        else
            ban = min(p.y * 2 ^ (level - 1), p.z)
            expiry = now + ban + p.period
        end
    end
    write(c.bucket, c.penaltyAt, c.penaltyField, placeOf(c.bucket, p.mark),
        penaltyCell(p, level, denials, start, expiry))
    return ban
end
