-- Makes a room known, or brings its settings and ticket types up to date. What was held and sold stays. Settings of an
-- older version than those here are passed over: an origin with an older copy does not undo a change.
--   KEYS[1] hash settings   KEYS[2] hash stock   KEYS[3] hash types
--   ARGV[1] epoch, used when the room is not known yet
--   ARGV[2] settings as a JSON object of numbers and strings
--   ARGV[3] ticket types as a JSON array of {type, quantity, sold, price, limit, from, to}; sold is only read
--           when a type is not known yet
-- Returns 1 when the room was made, 0 when it was there.

local made = redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
local settings = cjson.decode(ARGV[2])
local known_version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if (settings.version or 0) >= known_version then
  for name, value in pairs(settings) do
    redis.call('HSET', KEYS[1], name, type(value) == 'number' and string.format('%.0f', value) or value)
  end
end

for _, t in ipairs(cjson.decode(ARGV[3])) do
  local known = tonumber(redis.call('HGET', KEYS[2], 'quantity:' .. t.type))
  if known == nil then
    redis.call('HSET', KEYS[2], 'free:' .. t.type, t.quantity - t.sold, 'held:' .. t.type, 0, 'sold:' .. t.type, t.sold)
  else
    redis.call('HINCRBY', KEYS[2], 'free:' .. t.type, t.quantity - known)
  end
  redis.call('HSET', KEYS[2], 'quantity:' .. t.type, t.quantity)
  redis.call('HSET', KEYS[3], t.type, cjson.encode({ price = t.price, limit = t.limit, from = t.from, to = t.to }))
end

return made
