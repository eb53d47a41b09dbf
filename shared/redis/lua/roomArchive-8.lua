-- Removes a room whose sale is over from Redis, unless something in it is in flight: without settings every script
-- refuses it from then on, and no gateway finds it. The caller has locked the room's row in MySQL and written the
-- room's progress there; roomClear removes the remaining keys.
--   KEYS[1] hash settings   KEYS[2] string rebuild   KEYS[3] string entries   KEYS[4] hash admission
--   KEYS[5] zset passes     KEYS[6] zset holds       KEYS[7] stream payments  KEYS[8] stream bindings
--   ARGV[1] epoch, ARGV[2] entries and ARGV[3] serving as they were written to MySQL
-- Returns {'archived'} | {'open', phase} | {'in-flight', what} (live passes, holds or payments) | {'moved'} (further
-- than was written) | {'absent'} (also in another epoch, and while the room is being rebuilt).

--#include room

local settings = read_settings(KEYS[1], ARGV[1])
if not settings or redis.call('EXISTS', KEYS[2]) == 1 then return { 'absent' } end
local now = now_ms()
local phase = phase_at(settings, now)
if phase ~= 'closed' then return { 'open', phase } end
if redis.call('ZCOUNT', KEYS[5], '(' .. string.format('%.0f', now), '+inf') > 0 then return { 'in-flight', 'passes' } end
if redis.call('ZCARD', KEYS[6]) > 0 then return { 'in-flight', 'holds' } end
if redis.call('XLEN', KEYS[7]) > 0 then return { 'in-flight', 'payments' } end
local entries = redis.call('STRLEN', KEYS[3]) / 16
local serving = tonumber(redis.call('HGET', KEYS[4], 'serving') or '-1')
if redis.call('XLEN', KEYS[8]) > 0 then return { 'moved' } end
if entries ~= tonumber(ARGV[2]) or serving ~= tonumber(ARGV[3]) then return { 'moved' } end
redis.call('DEL', KEYS[1])
return { 'archived' }
