-- Calls the fans after `from` up to `serving` again, all at the end of restoring: their claims may be lost. The end is
-- a whole quarter of a second, the resolution of call times. These calls do not count in the measured show-up rate.
local function recall(keys, restoring_until, from, serving)
  local count = serving - from
  local slot = string.format('%.0f', restoring_until)
  redis.call('HSET', keys.admission, 'serving', serving, 'recalled', slot)
  redis.call('HINCRBY', keys.admission, 'callTimes', string.format('%.0f', count * restoring_until / 250))
  redis.call('ZADD', keys.calls, serving, slot)
  redis.call('HINCRBY', keys.unresolved, slot, count)
  redis.call('HINCRBY', keys.unresolved, 'total', count)
end

-- The end of a restoring period that begins now.
local function restoring_ends(now, milliseconds)
  return math.ceil((now + milliseconds) / 250) * 250
end
