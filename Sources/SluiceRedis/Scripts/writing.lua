-- Writing

-- Cells that have changed, each row of neighbours in one write.
local function writeRanges(b, key)
    local s, states, at = b.s, b.states, b.low
    while at <= b.high do
        local first = at
        local pieces = {states[at]}
        at = at + CELL_BYTES
        while at <= b.high and states[at] do
            pieces[#pieces + 1] = sub(s, at, at + 6)
            pieces[#pieces + 1] = states[at]
            at = at + CELL_BYTES
        end
        redis.call('SETRANGE', key, format('%d', first + 6), concat(pieces))
        while at <= b.high and not states[at] do at = at + CELL_BYTES end
    end
end

-- The whole bucket, with new cells behind the others; from time to time without those that have expired.
local function writeBucket(b, key)
    local s, states, fresh = b.s, b.states, b.fresh or {}
    local count = (b.size + 1 - b.base) / CELL_BYTES
    local marks = {}
    for place = 1, b.limitCount do marks[place] = markAt(b, place) end
    for _, mark in ipairs(b.newLimits or {}) do marks[#marks + 1] = mark end
    local pieces = {}
    if count > b.sweepAt or #marks > 200 then
        local places, used, live = {}, {}, 0
        for at = b.base, b.size, CELL_BYTES do
            local state = states[at] or sub(s, at + 7, at + 20)
            local place, expiry = decode('<BI7', state)
            if expiry > now and marks[place] then
                if not places[place] then
                    used[#used + 1] = marks[place]
                    places[place] = #used
                end
                live = live + 1
                pieces[#pieces + 1] = fresh[at] or sub(s, at, at + 6)
                pieces[#pieces + 1] = char(places[place])
                pieces[#pieces + 1] = sub(state, 2)
            end
        end
        marks, b.sweepAt = used, min(65535, live + floor(live / 2) + 4)
    else
        local from, oldEnd = b.base, #s
        local at = b.low
        while at and at <= b.high do
            local state = states[at]
            if state then
                if at > oldEnd then
                    if from <= oldEnd then pieces[#pieces + 1] = sub(s, from) end
                    pieces[#pieces + 1] = fresh[at]
                    from = oldEnd + 1
                else
                    pieces[#pieces + 1] = sub(s, from, at + 6)
                    from = at + CELL_BYTES
                end
                pieces[#pieces + 1] = state
            end
            at = at + CELL_BYTES
        end
        if from <= oldEnd then pieces[#pieces + 1] = sub(s, from) end
    end
    if #marks > 255 then error({err = 'ERR a bucket has cells of more than 255 limits'}, 0) end
    -- A bucket outlives its last cell a little, so that not every charge has to move its expiry.
    local expiry = b.expiry / 1000
    if b.isLonger then expiry = ceil(expiry) + 8000 + floor((b.expiry - now) / 8000) end
    local value = MARK .. pack('<I6BI2', expiry, #marks, b.sweepAt) .. concat(marks) .. concat(pieces)
    if b.isLonger or s == '' then
        redis.call('SET', key, value, 'PXAT', format('%d', expiry + shift))
    else
        redis.call('SET', key, value, 'KEEPTTL')
    end
end

local function flush()
    writeQuick()
    for place, e in pairs(entries) do
        if e.isDirty then
            if not e.isBucket then
                if e.s then
                    redis.call('SET', keys[place], e.s, 'PXAT', format('%d', ceil(e.expiry / 1000) + shift))
                else
                    redis.call('DEL', keys[place])
                end
            elseif e.isWhole then
                writeBucket(e, keys[place])
            else
                writeRanges(e, keys[place])
            end
        end
    end
end
