-- Units being removed from a ticket type's quantity: a hold without an account, one per room, taken before MySQL
-- deletes their rows and released with the room version of that change. If that version never comes, the hold expires
-- like any other. Needs hold.
local WITHDRAWAL = 'withdrawal'

local function begin_withdrawal(keys, ticket_type, units, version, expires)
  redis.call('HINCRBY', keys.stock, 'free:' .. ticket_type, -units)
  redis.call('HINCRBY', keys.stock, 'held:' .. ticket_type, units)
  local basket = { { type = ticket_type, quantity = units } }
  write_hold(keys, WITHDRAWAL, { account = '', basket = basket, amount = 0, expires = expires, version = version })
end

-- Frees the withdrawn units for what follows in the same script: a quantity reduced by the same number, or their sale.
-- Only a withdrawal for `version` or an older one ends; nil ends any.
local function end_withdrawal(keys, version)
  local withdrawal = read_hold(keys.hold, WITHDRAWAL)
  if not withdrawal or (version and withdrawal.version > version) then return end
  drop_hold(keys, WITHDRAWAL, withdrawal, 'free')
end
