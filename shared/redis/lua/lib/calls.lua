-- Called fans within grace who have not claimed yet, counted by the quarter of a second of their call.

local function resolve_call(unresolved_key, slot)
  if redis.call('HINCRBY', unresolved_key, slot, -1) <= 0 then redis.call('HDEL', unresolved_key, slot) end
  redis.call('HINCRBY', unresolved_key, 'total', -1)
end

-- The quarter of a second in which a position was called, or nil when its grace has passed.
local function open_call(keys, position, grace_seconds, now)
  if position <= tonumber(redis.call('HGET', keys.admission, 'missedThrough') or '-1') then return nil end
  local slot = redis.call('ZRANGEBYSCORE', keys.calls, position, '+inf', 'LIMIT', 0, 1)[1]
  if not slot or tonumber(slot) + grace_seconds * 1000 <= now then return nil end
  return slot
end

-- Whether a called position may still be claimed: its turn is retained, or the grace of its call has not passed; in the
-- latter case also returns the quarter of a second of that call.
local function open_turn(keys, position, grace_seconds, now)
  if tonumber(redis.call('ZSCORE', keys.turn_ends, position) or '0') > now then return true, nil end
  local slot = open_call(keys, position, grace_seconds, now)
  -- A retained turn that lapsed was resolved when it was retained.
  if not slot or redis.call('ZSCORE', keys.turns, position) then return false, nil end
  return true, slot
end
