-- Withdraws free units of a ticket type from sale, before MySQL deletes their rows. roomPublish completes this with the
-- version that has the lower quantity; if that never comes, the units are for sale again after the time given. The
-- caller has locked the room's row in MySQL.
--   KEYS[1] hash settings   KEYS[2] hash stock   KEYS[3] hash types
--   KEYS[4] zset holds      KEYS[5] hash hold    KEYS[6] hash counts
--   ARGV[1] settings and ARGV[2] ticket types as roomPublish takes them, as MySQL has them before the change
--   ARGV[3] ticket type   ARGV[4] units   ARGV[5] version of the room that results from the change
--   ARGV[6] milliseconds until the units are for sale again
-- Returns {'withdrawn'} | {'short', free, held} | {'absent'} (not known, or still being restored).

--#include room
--#include hold
--#include publish
--#include withdrawal

-- Maximum number of expired holds released here; the sweeper releases the others within a second.
local EXPIRED_MAX = 1000

local room = read_settings(KEYS[1])
local now = now_ms()
if not room or phase_at(room, now) == 'restoring' then return { 'absent' } end
local keys = { stock = KEYS[2], types = KEYS[3], holds = KEYS[4], hold = KEYS[5], counts = KEYS[6] }

local settings = cjson.decode(ARGV[1])
if write_settings(KEYS[1], settings) then
  end_withdrawal(keys, settings.version)
  write_types(keys.stock, keys.types, cjson.decode(ARGV[2]))
end
-- An existing withdrawal belongs to a change that MySQL has rolled back: the caller has locked the room's row.
end_withdrawal(keys, nil)

local ticket_type, units = tonumber(ARGV[3]), tonumber(ARGV[4])
give_back_expired(keys, now, EXPIRED_MAX)
local free = tonumber(redis.call('HGET', keys.stock, 'free:' .. ticket_type) or '0')
if free < units then
  return { 'short', free, tonumber(redis.call('HGET', keys.stock, 'held:' .. ticket_type) or '0') }
end
begin_withdrawal(keys, ticket_type, units, tonumber(ARGV[5]), now + tonumber(ARGV[6]))
return { 'withdrawn' }
