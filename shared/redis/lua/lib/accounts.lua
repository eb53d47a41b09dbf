-- Which account a place is bound to, and at which place an account waits, one to one: index → account, and
-- @account → index. Needs calls and entries.

-- More entries than an origin has to catch up with after hours of absence.
local BINDINGS_MAX = 2000000

-- The entry that the log has at an index, as hex; '' when it is not known.
local function entry_in_hex(entries_key, index)
  local logged = entry_at(entries_key, tonumber(index))
  if logged == EMPTY_ENTRY then return '' end
  return (string.gsub(logged, '.', function(byte) return string.format('%02x', string.byte(byte)) end))
end

-- Appends a place's current binding, its entry and the keys that its chance in the draw is counted under, to the stream
-- that MySQL is updated from: the binding outlives Redis and identifies the owner when the log is lost.
local function publish_binding(keys, epoch, index)
  redis.call('XADD', keys.bindings, 'MAXLEN', '~', BINDINGS_MAX, '*',
    'epoch', epoch, 'index', index, 'account', redis.call('HGET', keys.accounts, index) or '',
    'entry', entry_in_hex(keys.entries, index), 'counted', redis.call('HGET', keys.chances, 'at:' .. index) or '')
end

-- Binds a place and an account after all checks have passed; the account's previous binding is removed.
local function bind_place(keys, epoch, index, account)
  local previous = redis.call('HGET', keys.accounts, '@' .. account)
  if previous == index then return end
  if previous then
    redis.call('HDEL', keys.accounts, previous)
    publish_binding(keys, epoch, previous)
  end
  redis.call('HSET', keys.accounts, index, account, '@' .. account, index)
  publish_binding(keys, epoch, index)
end

local function unbind_place(keys, epoch, index)
  local account = redis.call('HGET', keys.accounts, index)
  if not account then return end
  redis.call('HDEL', keys.accounts, index, '@' .. account)
  publish_binding(keys, epoch, index)
end

-- Whether an account's place is over: missed, or claimed and the pass has ended. A live pass always comes from the
-- place that the account is bound to, since claiming binds.
local function is_over(keys, account, position, grace_seconds, now)
  if tonumber(redis.call('ZSCORE', keys.passes, account) or '0') > now then return false end
  if redis.call('GETBIT', keys.claimed, position) == 1 then return true end
  if position > tonumber(redis.call('HGET', keys.admission, 'serving') or '-1') then return false end
  return not open_turn(keys, position, grace_seconds, now)
end

-- The index of another place at which the account still waits, or nil. Callers compute positions: only a place that
-- they name, by index and position, can be found to be over.
local function waits_elsewhere(keys, account, index, previous, grace_seconds, now)
  local bound = redis.call('HGET', keys.accounts, '@' .. account)
  if not bound or bound == index then return nil end
  if bound == previous.index and is_over(keys, account, previous.position, grace_seconds, now) then return nil end
  return tonumber(bound)
end
