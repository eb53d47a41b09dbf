-- Creates the stream of a room's payments and its consumer group where they are missing, and removes consumers of
-- stopped origins: those that have been idle for long and have nothing in flight.
--   KEYS[1] hash settings   KEYS[2] stream payments
--   ARGV[1] consumer group   ARGV[2] milliseconds after which an idle consumer is removed
-- Returns 1, or 0 where this Redis does not know the room: a removed room gets no stream.

-- Consumers checked in one run; the next run checks the others.
local CONSUMERS_MAX = 100

if redis.call('EXISTS', KEYS[1]) == 0 and redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[2], ARGV[1], '0', 'MKSTREAM')
if made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then return made end
for i, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[2], ARGV[1])) do
  if i > CONSUMERS_MAX then break end
  local facts = {}
  for at = 1, #consumer, 2 do facts[consumer[at]] = consumer[at + 1] end
  if facts.pending == 0 and facts.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[2], ARGV[1], facts.name)
  end
end
return 1
