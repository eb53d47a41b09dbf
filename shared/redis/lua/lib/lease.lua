-- Leases a room: an origin that finds it matching MySQL renews the lease every second, by Redis' own clock. After the
-- lease expires, scripts promise nothing (lib/room, phase_at); an origin that returns in the same epoch resumes it.

local SLOT_MS = 250
-- An hour of calls, the longest grace period, and the same again for calls not swept yet.
local SLOTS_MAX = 28800
-- Turns are retained only for called fans who found no free slot; those that end first are moved.
local TURNS_MAX = 20000

-- Extends all calls and retained turns by the time in which fans could not claim, in whole quarters of a second, the
-- resolution of call times.
local function postpone_calls(keys, milliseconds)
  local slots = redis.call('ZRANGEBYSCORE', keys.calls, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, SLOTS_MAX)
  local moved = {}
  for i = 1, #slots, 2 do
    local slot = slots[i]
    table.insert(moved, {
      slot = slot, last = slots[i + 1], silent = redis.call('HGET', keys.unresolved, slot),
      passed = redis.call('HGET', keys.admission, 'passed:' .. slot),
    })
    redis.call('HDEL', keys.unresolved, slot)
    redis.call('HDEL', keys.admission, 'passed:' .. slot)
    redis.call('ZREM', keys.calls, slot)
  end
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
  local retained_turns = redis.call('ZRANGEBYSCORE', keys.turn_ends, '-inf', '+inf', 'LIMIT', 0, TURNS_MAX)
  for _, position in ipairs(retained_turns) do
    redis.call('ZINCRBY', keys.turn_ends, milliseconds, position)
  end
end

-- Renews the lease for this many milliseconds from now; '' sets no expiry, for a room that needs no origin.
local function maintain_room(keys, settings, now, milliseconds)
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
