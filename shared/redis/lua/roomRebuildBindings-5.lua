-- Restores the bindings of places to accounts in a room being rebuilt, with their chances in the draw, and writes the
-- entry of each into the log: a binding belongs to one entry, not to another one given the same index.
--   KEYS[1] string rebuild   KEYS[2] hash accounts   KEYS[3] bitmap participants   KEYS[4] hash chances
--   KEYS[5] string entries
--   ARGV[1] token of the builder   ARGV[2] milliseconds of its lease
--   ARGV[3…] index, account, what its chance is counted under ('' when it takes no part), its entry ('' when not known or
--   not to be written): a bounded number of times
-- Returns {'written'} | {'outdated'}.

--#include room
--#include entries
--#include chances
--#include rebuild

if not holds_lease(KEYS[1], ARGV[1], ARGV[2]) then return { 'outdated' } end
local keys = { participants = KEYS[3], chances = KEYS[4] }
for i = 3, #ARGV, 4 do
  local index, account, counted, entry = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  -- A bound index is never assigned again, however old the checkpoint is.
  local logged = entry_at(KEYS[5], tonumber(index))
  if logged == '' or (logged == EMPTY_ENTRY and entry ~= '') then
    redis.call('SETRANGE', KEYS[5], tonumber(index) * ENTRY_BYTES, entry == '' and EMPTY_ENTRY or entry)
  end
  -- An account bound a second time by a Redis that did not know of its earlier place waits at one of the two.
  local is_bound = redis.call('HSETNX', KEYS[2], '@' .. account, index) == 1
  if is_bound then redis.call('HSET', KEYS[2], index, account) end
  if is_bound and counted ~= '' then
    local network, domain = string.match(counted, '^(%S*) (%S*)$')
    redis.call('SETBIT', KEYS[3], index, 1)
    redis.call('HSET', KEYS[4], 'at:' .. index, counted)
    count_chance(keys, network, domain, 1)
  end
end
return { 'written' }
