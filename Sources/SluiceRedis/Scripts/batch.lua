-- The batch

local pool = {}

local function readCharge(i)
    local c = pool[i]
    if not c then
        c = {}
        pool[i] = c
    end
    local high, low, limitHigh, limitLow, penaltyHigh, penaltyLow, flags, cost = byte(data, at, at + 7)
    local limit, penalty = limitHigh * 256 + limitLow, penaltyHigh * 256 + penaltyLow
    c.place, c.first, c.limits = high * 256 + low, limit, limits[limit]
    c.penalty, c.isShadow, c.cost = penalty > 0 and limits[penalty], flags % 2 == 1, cost
    c.isAlternative = flags % 16 >= 8
    c.field = sub(data, at + 8, at + 14)
    c.bucketPlace = c.place
    at = at + 15
    if flags % 4 >= 2 then c.cost, at = decode('<I7', data, at) end
    if flags % 8 >= 4 then
        high, low = byte(data, at, at + 1)
        c.bucketPlace, at = high * 256 + low, at + 2
    end
    c.asked = c.cost
    if penalty > 0 then
        local bits = byte(c.field, 7)
        c.penaltyField = sub(c.field, 1, 6) .. char(bits % 2 == 0 and bits + 1 or bits - 1)
    end
    return c
end

local function answer(c)
    local head = c.form + c.outcome + 8 * c.level
    if c.form == DEBT then return pack('<BI7', head, c.debt) end
    if c.form == BARE then return char(head) end
    if c.form == NUMBERS then return pack('<BI5I7I7', head, c.remaining, c.retry, c.reset) end
    return pack('<BI5I7I7I5I5', head, c.remaining, c.retry, c.reset, c.retryPart, c.resetPart)
end

local function request(operation, count, isObserved)
    local lease, chargedAt, duration
    if operation == UNDO then
        chargedAt, at = decode('<I7', data, at)
    elseif operation == HOLD then
        duration, at = decode('<I7', data, at)
    end
    if operation == ACQUIRE or operation == UNDO or operation == RENEW or operation == RELEASE then
        lease, at = sub(data, at, at + 7), at + 8
    end
    for i = 1, count do readCharge(i) end
    local problem
    if operation <= ACQUIRE then
        problem = settle(pool, count, operation, isObserved, lease)
    elseif operation == SETTLE then
        problem = chargeBeyond(pool, count)
    else
        for i = 1, count do
            local c = pool[i]
            c.level, c.form = 0, BARE
            if operation == REFUND or operation == UNDO then
                giveBack(c, chargedAt, lease)
            elseif operation == RESET then
                reset(c)
            elseif operation == BORROW then
                borrow(c)
            elseif operation == HOLD then
                hold(c, duration)
            elseif operation == LIFT then
                lift(c)
            else
                c.outcome = changeLease(c, lease, operation == RENEW) and ALLOWED or LIMITED
            end
            if c.entry and c.entry.isWrong then problem = c.entry.problem or WRONG_VALUE end
        end
    end
    for i = 1, count do
        size = size + 1
        out[size] = problem and char(BARE + problem) or answer(pool[i])
    end
end

local function decide(allKeys, arguments)
    begin(allKeys, arguments)
    beginQuick()
    while at <= #data and (quick() or quickSome()) do end
    if at > #data then
        writeAnswers()
        flushQuick()
        return concat(out)
    end
    if not areAbsentKnown then findWrongKeys() end
    while at <= #data do
        if not quick() and not quickSome() then
            writeAnswers()
            local operation, count = byte(data, at, at + 1)
            at = at + 2
            request(operation % 16, count, operation >= 16)
        end
    end
    writeAnswers()
    flush()
    return concat(out)
end
