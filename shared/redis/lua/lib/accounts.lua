-- Which account a place is bound to, and at which place an account waits, one to one: index → account, and
-- @account → index. Needs calls.

-- Binds a place and an account that nothing speaks against; what the account was bound to before is let go.
local function bind_place(accounts_key, index, account)
  local former = redis.call('HGET', accounts_key, '@' .. account)
  if former == index then return end
  if former then redis.call('HDEL', accounts_key, former) end
  redis.call('HSET', accounts_key, index, account, '@' .. account, index)
end

local function unbind_place(accounts_key, index)
  local account = redis.call('HGET', accounts_key, index)
  if account then redis.call('HDEL', accounts_key, index, '@' .. account) end
end

-- Whether nothing comes of an account's place any more: missed, or claimed and the pass has ended. A live pass is
-- always of the place that the account is bound to, since claiming binds.
local function is_over(keys, account, position, grace_seconds, now)
  if tonumber(redis.call('ZSCORE', keys.passes, account) or '0') > now then return false end
  if redis.call('GETBIT', keys.claimed, position) == 1 then return true end
  if position > tonumber(redis.call('HGET', keys.admission, 'serving') or '-1') then return false end
  return not open_turn(keys, position, grace_seconds, now)
end

-- The index of another place at which the account still waits, or nil. Positions are the callers' to work out: only a
-- place they name, by index and position, can be found to be over.
local function waits_elsewhere(keys, account, index, former, grace_seconds, now)
  local bound = redis.call('HGET', keys.accounts, '@' .. account)
  if not bound or bound == index then return nil end
  if bound == former.index and is_over(keys, account, former.position, grace_seconds, now) then return nil end
  return tonumber(bound)
end
