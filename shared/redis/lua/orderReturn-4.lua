-- Puts the units of a cancelled order on sale again after MySQL has freed them; only once, since it deletes the note
-- made before.
--   KEYS[1] hash settings   KEYS[2] hash stock   KEYS[3] hash counts   KEYS[4] hash returning
--   ARGV[1] order   ARGV[2] account   ARGV[3] basket as a JSON array of {type, quantity}, each type once
-- Returns {'returned'} | {'not-counted'} (returned before, or this stock was counted without it) | {'absent'}.

--#include room
--#include hold

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local order = ARGV[1]
local epoch = redis.call('HGET', KEYS[4], order)
redis.call('HDEL', KEYS[4], order)
if epoch ~= settings.epoch then return { 'not-counted' } end

local basket = cjson.decode(ARGV[3])
for _, line in ipairs(basket) do
  redis.call('HINCRBY', KEYS[2], 'sold:' .. line.type, -line.quantity)
  redis.call('HINCRBY', KEYS[2], 'free:' .. line.type, line.quantity)
end
uncount(KEYS[3], { account = ARGV[2], basket = basket })
return { 'returned' }
