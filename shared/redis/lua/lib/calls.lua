-- Called fans who have neither claimed nor let their grace pass, counted by the quarter of a second of their call.

local function resolve_call(unresolved_key, slot)
  if redis.call('HINCRBY', unresolved_key, slot, -1) <= 0 then redis.call('HDEL', unresolved_key, slot) end
  redis.call('HINCRBY', unresolved_key, 'total', -1)
end
