-- Binds places of a room that is being rebuilt to their accounts again, with their chances in the draw. With none it only
-- renews the lease.
--   KEYS[1] string rebuild   KEYS[2] hash accounts   KEYS[3] bitmap participants   KEYS[4] hash chances
--   ARGV[1] token of the builder   ARGV[2] milliseconds of its lease
--   ARGV[3…] index, account, what its chance is counted under ('' when it takes no part): a bounded number of times
-- Returns {'written'} | {'superseded'}.

--#include room
--#include chances
--#include rebuild

if not keeps_lease(KEYS[1], ARGV[1], ARGV[2]) then return { 'superseded' } end
local keys = { participants = KEYS[3], chances = KEYS[4] }
for i = 3, #ARGV, 3 do
  local index, account, counted = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  redis.call('HSET', KEYS[2], index, account, '@' .. account, index)
  if counted ~= '' then
    local network, domain = string.match(counted, '^(%S*) (%S*)$')
    redis.call('SETBIT', KEYS[3], index, 1)
    redis.call('HSET', KEYS[4], 'at:' .. index, counted)
    count_chance(keys, network, domain, 1)
  end
end
return { 'written' }
