-- Finishes the rebuild of a room: its settings are written last and make it known again. Until restoring ends no fan
-- enters or is called; then the fans called recently are called again, all together.
--   KEYS[1] hash settings    KEYS[2] string rebuild   KEYS[3] hash stock   KEYS[4] hash types
--   KEYS[5] hash admission   KEYS[6] zset calls       KEYS[7] hash unresolved
--   ARGV[1] token of the builder   ARGV[2] epoch   ARGV[3] milliseconds of restoring, 0 for a room that is new
--   ARGV[4] settings as JSON   ARGV[5] ticket types as JSON, as roomPublish takes them
--   ARGV[6] serving, -1 when no fan was called   ARGV[7] the last position whose call is over, -1 for none
--   ARGV[8] the draw's record as JSON (lib/draw), '' when there is none
--   ARGV[9] the current run of this Redis, '' where it is not known
--   ARGV[10] milliseconds of the room's lease (lib/lease), '' for no expiry
-- Returns {'built'} | {'outdated'}.

--#include room
--#include publish
--#include recall
--#include draw

if redis.call('GET', KEYS[2]) ~= ARGV[1] then return { 'outdated' } end
local now = now_ms()
local restoring_until = restoring_ends(now, tonumber(ARGV[3]))
local serving, missed_through = tonumber(ARGV[6]), tonumber(ARGV[7])

write_types(KEYS[3], KEYS[4], cjson.decode(ARGV[5]))
complete_draw(KEYS[5], ARGV[8])
if serving >= 0 then redis.call('HSET', KEYS[5], 'serving', serving, 'missedThrough', missed_through) end
if serving > missed_through then
  recall({ admission = KEYS[5], calls = KEYS[6], unresolved = KEYS[7] }, restoring_until, missed_through, serving)
end

write_settings(KEYS[1], cjson.decode(ARGV[4]))
if ARGV[9] ~= '' then redis.call('HSET', KEYS[1], 'runId', ARGV[9]) end
if tonumber(ARGV[3]) > 0 then redis.call('HSET', KEYS[1], 'restoringUntil', string.format('%.0f', restoring_until)) end
if ARGV[10] ~= '' then redis.call('HSET', KEYS[1], 'keptUntil', string.format('%.0f', now + tonumber(ARGV[10]))) end
redis.call('HSET', KEYS[1], 'epoch', ARGV[2])
redis.call('DEL', KEYS[2])
return { 'built' }
