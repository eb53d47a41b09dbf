-- Moves units that accounts own in a room being rebuilt from free to sold. Without any it only renews the lease.
--   KEYS[1] string rebuild   KEYS[2] hash stock   KEYS[3] hash counts
--   ARGV[1] token of the builder   ARGV[2] milliseconds of its lease
--   ARGV[3…] account, ticket type, units: a bounded number of times
-- Returns {'written', now ms} | {'outdated'}.

--#include clock
--#include rebuild

if not holds_lease(KEYS[1], ARGV[1], ARGV[2]) then return { 'outdated' } end
for i = 3, #ARGV, 3 do
  local ticket_type, units = ARGV[i + 1], tonumber(ARGV[i + 2])
  redis.call('HINCRBY', KEYS[2], 'free:' .. ticket_type, -units)
  redis.call('HINCRBY', KEYS[2], 'sold:' .. ticket_type, units)
  redis.call('HINCRBY', KEYS[3], ARGV[i] .. ':' .. ticket_type, units)
end
return { 'written', now_ms() }
