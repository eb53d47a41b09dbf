-- Notices a room that this Redis does not have as it was published. To one asker at a time it gives the lease to see
-- to it.
--   KEYS[1] hash settings   KEYS[2] string rebuild: who has the lease
--   ARGV[1] token of the asker   ARGV[2] milliseconds that the lease lasts without a sign of its holder
--   ARGV[3] epoch that MySQL knows, 0 for a room that was never published
--   ARGV[4] ID of this run of Redis, '' where it cannot be told
-- Returns {'lost'} (not there, or of an epoch before) and {'restarted'} (there, from an earlier run of
-- Redis, which may have lost its last second), both with the lease | {'busy'} (another has it) | {'restoring'}
-- | {'there'}.

--#include room

local settings = read_settings(KEYS[1])
local what = 'there'
if not settings or (tonumber(settings.epoch) or -1) < tonumber(ARGV[3]) then
  what = 'lost'
elseif ARGV[4] ~= '' and settings.runId and settings.runId ~= ARGV[4] then
  what = 'restarted'
elseif phase_at(settings, now_ms()) == 'restoring' then
  what = 'restoring'
end
if what ~= 'lost' and what ~= 'restarted' then return { what } end
if not redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2], 'NX') then return { 'busy' } end
return { what }
