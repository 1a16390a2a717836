-- The short way
--
-- A request whose charges are all to token buckets and gaps, without penalties, shadows and large costs, is decided
-- straight from the bytes of the buckets. Anything else takes the long way, with nothing done.
-- Each string that is made here is a tenth of the time that a decision takes.

-- By the place of a bucket: where the cells begin that have changed, a row of neighbours, and their new states, with the
-- fields between them; when the bucket expires in ms, where its value has been written anew, or 0 for when it did before.
local rowAt, rowStates, newEnd, areAbsentKnown
-- Answers that are not written yet: heads and debts in turn.
local answers, answerCount = {}, 0
local answerFormats = {}

local function beginQuick()
    rowAt, rowStates, newEnd, areAbsentKnown, answerCount = {}, {}, {}, false, 0
end

local function writeAnswers()
    for first = 1, answerCount, 500 do
        local last = min(answerCount, first + 499)
        local count = (last - first + 1) / 2
        local written = answerFormats[count]
        if not written then
            written = '<' .. rep('BI7', count)
            answerFormats[count] = written
        end
        size = size + 1
        out[size] = pack(written, unpack(answers, first, last))
    end
    answerCount = 0
end

-- MGET tells what is no string as absent; writing would destroy it.
local function findWrongKeys()
    local absent = {}
    for place = 1, #keys do
        if not values[place] then absent[#absent + 1] = keys[place] end
    end
    if #absent == 0 or redis.call('EXISTS', unpack(absent)) == 0 then return end
    for place = 1, #keys do
        if not values[place] and redis.call('EXISTS', keys[place]) == 1 then entries[place] = {isWrong = true} end
    end
end

local function isAbsent(place)
    if not areAbsentKnown then
        findWrongKeys()
        areAbsentKnown = true
    end
    return not entries[place]
end

-- The limits of a bucket by their places, and their places by the limits. They are the same in most buckets.
local knownMarks, knownMarksCount = {}, 0

local function marksOf(s, base)
    local packed = sub(s, HEADER + 1, base - 1)
    local marks = knownMarks[packed]
    if marks then return marks end
    marks = {}
    for from = 1, #packed, LIMIT_BYTES do
        local mark = sub(packed, from, from + LIMIT_BYTES - 1)
        marks[#marks + 1] = mark
        marks[mark] = marks[mark] or #marks
    end
    if knownMarksCount >= 256 then knownMarks, knownMarksCount = {}, 0 end
    knownMarks[packed], knownMarksCount = marks, knownMarksCount + 1
    return marks
end

-- A bucket's value, false if there is none, nil if that takes the long way; where its cells begin, when it expires in
-- ms, its first limit, and whether more cells may be added.
local function open(place)
    if entries[place] then return nil end
    local s = values[place]
    if not s then
        if isAbsent(place) then return false, HEADER + 1, 0, nil, true end
        return nil
    end
    if #s < HEADER + LIMIT_BYTES then return nil end
    local mark, expiry, limitCount, sweepAt, first = decode('<I2I6BI2c15', s)
    local base = HEADER + LIMIT_BYTES * limitCount + 1
    local bytes = #s + 1 - base
    if mark ~= MARK_NUMBER or bytes < 0 or bytes % CELL_BYTES ~= 0 then return nil end
    return s, base, expiry, first, bytes < sweepAt * CELL_BYTES
end

-- Whether a row of cells does not overlap with another one that has changed.
local function isAlone(place, at, count)
    local other, bytes = rowAt[place], #rowStates[place] + 7
    if other == at then return bytes == count * CELL_BYTES end
    return at + count * CELL_BYTES <= other or other + bytes <= at
end

-- Keeps what a row of charges leaves behind; a row that was not there, which `at` tells, begins with its first field.
local function put(place, s, at, states, expiry, bucketExpiry)
    local isLonger, changed = expiry > bucketExpiry * 1000, rowAt[place]
    s = values[place] or s
    if at and not isLonger and (not changed or changed == at) then
        rowAt[place], rowStates[place] = at, states
        return
    end
    local head
    if isLonger then
        newEnd[place] = max(newEnd[place] or 0, bucketEnd(expiry))
        head = MARK .. pack('<I6', newEnd[place])
    else
        newEnd[place] = newEnd[place] or 0
    end
    if at then
        if changed == at then rowAt[place] = nil end
        values[place] = (head or sub(s, 1, 8)) .. sub(s, 9, at + 6) .. states .. sub(s, at + 7 + #states)
    elseif isLonger then
        values[place] = head .. sub(s, 9) .. states
    else
        values[place] = s .. states
    end
end

-- What a bucket begins with that is not there yet.
local function header(marks)
    return MARK .. pack('<I6BI2', 0, #marks, 8) .. concat(marks)
end

-- A request of one charge.
local function quick()
    local operation, count, high, low, limitHigh, limitLow, penaltyHigh, penaltyLow, flags, cost =
        byte(data, at, at + 9)
    if count ~= 1 or flags ~= 0 or penaltyLow ~= 0 or penaltyHigh ~= 0 or operation ~= DECIDE and operation ~= OBSERVE
    then return false end
    local place, l = high * 256 + low, limits[limitHigh * 256 + limitLow]
    local s, base, bucketExpiry, first, hasRoom = open(place)
    local algorithm = l.algorithm
    if s == nil or algorithm ~= TOKEN_BUCKET and algorithm ~= COOLDOWN and algorithm ~= DEBOUNCE then return false end
    local field, mark, changed = sub(data, at + 10, at + 16), l.mark, rowAt[place]
    local found, index, expiry, payload = s and find(s, field, base, true), 1, 0, 0
    if found then
        if changed and not isAlone(place, found, 1) or (found - base) % CELL_BYTES ~= 0 then return false end
        if changed == found then
            index, expiry, payload = decode('<BI7I6', rowStates[place])
        else
            index, expiry, payload = decode('<BI7I6', s, found + 7)
        end
        if (first ~= mark or index ~= 1) and marksOf(s, base)[index] ~= mark then return false end
    elseif s then
        if not hasRoom then return false end
        if first ~= mark then
            index = marksOf(s, base)[mark]
            if not index then return false end
        end
    end
    local head, debt, state = DEBT, nil, nil
    if algorithm == TOKEN_BUCKET then
        local rate, most = l.count, l.x
        debt = expiry >= now and (expiry - now) * rate + payload or 0
        local after = debt + cost * l.period
        if cost > most then
            head = DEBT + IMPOSSIBLE
        elseif after > most * l.period and (cost > 0 or l.isThrottle) then
            head = DEBT + LIMITED
        else
            debt = after
            if cost > 0 then
                local whole = after / rate
                whole = whole - whole % 1
                expiry = now + whole
                state = pack('<BI7I6', index, expiry, after - whole * rate)
            end
        end
    else
        debt = expiry > now and expiry - now or 0
        if cost > 0 and debt > 0 then
            -- A debounce that each attempt restarts is written.
            if l.x == 1 then return false end
            head = DEBT + LIMITED
        elseif cost > 0 then
            debt, expiry = l.period, now + l.period
            state = pack('<BI7I6', index, expiry, 1)
        end
    end
    if state then
        if found and expiry <= bucketExpiry * 1000 and (not changed or changed == found) then
            rowAt[place], rowStates[place] = found, state
        else
            put(place, s or header(l.marks), found, found and state or field .. state, expiry, bucketExpiry)
        end
    end
    answers[answerCount + 1], answers[answerCount + 2] = head, debt
    at, answerCount = at + 17, answerCount + 2
    return true
end

-- The rows of the request that `quickSome` is at: charges that follow each other to the same bucket.
local somePlace, someValue, someFound, someStates, someExpiry, someBucketExpiry = {}, {}, {}, {}, {}, {}
local somePieces, someDebts = {}, {}

-- Ends a row of `count` charges; false if that takes the long way.
local function endRow(row, count, pieces, marks)
    local place, found = somePlace[row], someFound[row]
    if found and rowAt[place] and not isAlone(place, found, count) then return false end
    if marks then someValue[row] = header(marks) end
    someStates[row] = concat(somePieces, '', 1, pieces)
    return true
end

-- A request of several charges: all of them or none.
local function quickSome()
    local operation, count = byte(data, at, at + 1)
    if count < 2 or operation ~= DECIDE and operation ~= OBSERVE then return false end
    local charge, place, rows, begun, pieces, isDenied = at + 2, 0, 0, 1, 0, false
    local s, base, bucketExpiry, hasRoom, first, marks, found, states, from, latest, newMarks
    for i = 1, count do
        local high, low, limitHigh, limitLow, penaltyHigh, penaltyLow, flags, cost = byte(data, charge, charge + 7)
        local l, field = limits[limitHigh * 256 + limitLow], sub(data, charge + 8, charge + 14)
        local mark, algorithm = l.mark, l.algorithm
        local isGap = algorithm == COOLDOWN or algorithm == DEBOUNCE
        if flags ~= 0 or penaltyLow ~= 0 or penaltyHigh ~= 0 or cost == 0 or algorithm ~= TOKEN_BUCKET and not isGap
        then return false end
        local index, expiry, payload = 1, 0, 0
        -- Whether the row goes on with this charge: its cell is the next one, or new as those before it.
        local isSame, goesOn = place == high * 256 + low, false
        if isSame then
            if not found then
                goesOn = not s or not find(s, field, base, true)
            elseif from + CELL_BYTES <= #states + 1 and sub(states, from, from + 6) == field then
                index, expiry, payload = decode('<BI7I6', states, from + 7)
                from, goesOn = from + CELL_BYTES, true
            end
        end
        if not goesOn then
            if rows > 0 and not endRow(rows, i - begun, pieces, newMarks) then return false end
            if not isSame then
                place = high * 256 + low
                for row = 1, rows do
                    if somePlace[row] == place then return false end
                end
                s, base, bucketExpiry, first, hasRoom = open(place)
                if s == nil then return false end
                marks = s and marksOf(s, base)
            end
            rows, begun, pieces, latest, newMarks = rows + 1, i, 0, 0, nil
            found = s and find(s, field, base, true)
            if found then
                if (found - base) % CELL_BYTES ~= 0 then return false end
                states, from = s, found + 7
                if rowAt[place] == found then states, from = rowStates[place], 1 end
                index, expiry, payload = decode('<BI7I6', states, from)
                from = from + 14
            elseif not s then
                newMarks = {}
            end
            somePlace[rows], someValue[rows], someFound[rows], someBucketExpiry[rows] = place, s, found, bucketExpiry
        end
        if found then
            if marks[index] ~= mark then return false end
        elseif s then
            index = marks[mark]
            if not index or not hasRoom then return false end
        else
            index = 0
            for known = 1, #newMarks do
                if newMarks[known] == mark then index = known end
            end
            if index == 0 then
                index = #newMarks + 1
                newMarks[index] = mark
            end
        end
        local head, debt, after, whole, rest = DEBT, 0, 0, 0, 1
        if isGap then
            debt = expiry > now and expiry - now or 0
            after, whole = l.period, l.period
            if debt > 0 then
                -- A debounce that each attempt restarts is written.
                if l.x == 1 then return false end
                head, isDenied = DEBT + LIMITED, true
            end
        else
            local rate, most = l.count, l.x
            debt = expiry >= now and (expiry - now) * rate + payload or 0
            after = debt + cost * l.period
            if cost > most then
                head, isDenied = DEBT + IMPOSSIBLE, true
            elseif after > most * l.period then
                head, isDenied = DEBT + LIMITED, true
            else
                whole = after / rate
                whole = whole - whole % 1
                rest = after - whole * rate
            end
        end
        if not isDenied then
            if i > begun or not found then
                pieces = pieces + 1
                somePieces[pieces] = field
            end
            pieces = pieces + 1
            somePieces[pieces] = pack('<BI7I6', index, now + whole, rest)
            if whole > latest then latest = whole end
            someExpiry[rows] = now + latest
        end
        local answer = answerCount + 2 * i
        someDebts[i], answers[answer - 1], answers[answer] = debt, head, after
        charge = charge + 15
    end
    if not endRow(rows, count + 1 - begun, pieces, newMarks) then return false end
    if isDenied then
        for i = 1, count do answers[answerCount + 2 * i] = someDebts[i] end
    else
        for row = 1, rows do
            put(somePlace[row], someValue[row], someFound[row], someStates[row], someExpiry[row], someBucketExpiry[row])
        end
    end
    at, answerCount = charge, answerCount + 2 * count
    return true
end

-- Hands what the short way knows of a bucket to the long one.
local function takeOver(place, b)
    if rowAt[place] then
        b.low, b.isDirty = rowAt[place], true
        for from = 1, #rowStates[place], CELL_BYTES do
            b.high = b.low + from - 1
            b.states[b.high] = sub(rowStates[place], from, from + 13)
        end
        rowAt[place] = nil
    end
    if newEnd[place] then
        b.isDirty, b.isWhole, b.isLonger, newEnd[place] = true, true, newEnd[place] > 0, nil
    end
end

-- Numbers as Redis reads them.
local decimals = {}

local function decimal(number)
    local text = format('%d', number)
    if number < 65536 then decimals[number] = text end
    return text
end

local function flushQuick()
    local call = redis.call
    for place, expiry in pairs(newEnd) do
        if expiry > 0 then
            call('SET', keys[place], values[place], 'PXAT', format('%d', expiry + shift))
        else
            call('SET', keys[place], values[place], 'KEEPTTL')
        end
    end
    for place = 1, #keys do
        local at = rowAt[place]
        if at then call('SETRANGE', keys[place], decimals[at + 6] or decimal(at + 6), rowStates[place]) end
    end
end
