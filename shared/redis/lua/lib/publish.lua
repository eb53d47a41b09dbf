-- Writes the settings and ticket types that the origin publishes for a room.

-- Settings of an older version are ignored: an origin with an outdated copy does not undo a change. Returns whether
-- they were written; ticket types change the version too, and are only written with it.
local function write_settings(settings_key, settings)
  local known_version = tonumber(redis.call('HGET', settings_key, 'version') or '0')
  if (settings.version or 0) < known_version then return false end
  for name, value in pairs(settings) do
    redis.call('HSET', settings_key, name, type(value) == 'number' and string.format('%.0f', value) or value)
  end
  return true
end

-- Ticket types {type, quantity, sold, price, limit, from, to}. Held and sold counts of a type stay; `sold` is only read
-- for a type not known yet.
local function write_types(stock_key, types_key, types)
  for _, t in ipairs(types) do
    local known = tonumber(redis.call('HGET', stock_key, 'quantity:' .. t.type))
    if known == nil then
      redis.call('HSET', stock_key,
        'free:' .. t.type, t.quantity - t.sold, 'held:' .. t.type, 0, 'sold:' .. t.type, t.sold)
    else
      redis.call('HINCRBY', stock_key, 'free:' .. t.type, t.quantity - known)
    end
    redis.call('HSET', stock_key, 'quantity:' .. t.type, t.quantity)
    redis.call('HSET', types_key, t.type, cjson.encode({ price = t.price, limit = t.limit, from = t.from, to = t.to }))
  end
end
