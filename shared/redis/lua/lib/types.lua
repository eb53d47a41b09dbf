-- Ticket types as the origin published them.

-- The sale data of one type {price, limit, from, to}, or nil when there is no such type.
local function read_type(types_key, ticket_type)
  local json = redis.call('HGET', types_key, ticket_type)
  if not json then return nil end
  return cjson.decode(json)
end

local function on_sale(sale, now)
  return now >= sale.from and now < sale.to
end
