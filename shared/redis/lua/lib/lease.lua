-- Keeps a room for a while: an origin that finds here what MySQL has says so every second, by Redis' own clock. Past the
-- end, scripts promise nothing (lib/room, phase_at); an origin that comes back to the same epoch goes on.

local SLOT_MS = 250

-- Gives called fans the time back in which they could not claim: all calls and kept turns move on by so much, in whole
-- quarters of a second, as the times of calls are. Calls are no more than their grace has quarters (an hour at most).
local function postpone_calls(keys, milliseconds)
  local slots = redis.call('ZRANGE', keys.calls, 0, -1, 'WITHSCORES')
  local moved = {}
  for i = 1, #slots, 2 do
    local slot = slots[i]
    table.insert(moved, {
      slot = slot, last = slots[i + 1], silent = redis.call('HGET', keys.unresolved, slot),
      passed = redis.call('HGET', keys.admission, 'passed:' .. slot),
    })
    redis.call('HDEL', keys.unresolved, slot)
    redis.call('HDEL', keys.admission, 'passed:' .. slot)
  end
  redis.call('DEL', keys.calls)
  local known = redis.call('HMGET', keys.admission, 'serving', 'missedThrough', 'passed', 'recalled')
  for _, call in ipairs(moved) do
    local slot = string.format('%.0f', tonumber(call.slot) + milliseconds)
    redis.call('ZADD', keys.calls, call.last, slot)
    if call.silent then redis.call('HSET', keys.unresolved, slot, call.silent) end
    if call.passed then redis.call('HSET', keys.admission, 'passed:' .. slot, call.passed) end
    if call.slot == known[4] then redis.call('HSET', keys.admission, 'recalled', slot) end
  end
  local fans = tonumber(known[1] or '-1') - tonumber(known[2] or '-1') - tonumber(known[3] or '0')
  if #moved > 0 then
    redis.call('HINCRBY', keys.admission, 'callTimes', string.format('%.0f', fans * milliseconds / SLOT_MS))
  end
  for _, position in ipairs(redis.call('ZRANGE', keys.turn_ends, 0, -1)) do
    redis.call('ZINCRBY', keys.turn_ends, milliseconds, position)
  end
end

-- For so many milliseconds from now; '' keeps it without an end, as a room that no origin is to look after.
local function keep_room(keys, settings, now, milliseconds)
  local lapsed = settings.keptUntil and now - settings.keptUntil or 0
  if lapsed > 0 then postpone_calls(keys, math.ceil(lapsed / SLOT_MS) * SLOT_MS) end
  if milliseconds == '' then
    redis.call('HDEL', keys.settings, 'keptUntil')
    settings.keptUntil = nil
  else
    settings.keptUntil = now + tonumber(milliseconds)
    redis.call('HSET', keys.settings, 'keptUntil', string.format('%.0f', settings.keptUntil))
  end
end
