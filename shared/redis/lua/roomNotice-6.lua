-- Keeps a room that this Redis has as MySQL does (lib/lease), and notices one that it does not have so. To one asker at a
-- time it gives the lease to see to that one.
--   KEYS[1] hash settings    KEYS[2] string rebuild: who has the lease   KEYS[3] hash admission   KEYS[4] zset calls
--   KEYS[5] hash unresolved  KEYS[6] zset turn-ends
--   ARGV[1] token of the asker   ARGV[2] milliseconds that the lease lasts without a sign of its holder
--   ARGV[3] epoch that MySQL knows, 0 for a room that was never published
--   ARGV[4] the run that this Redis is in (shared/redis/runs.ts), '' to take it for the one the room was built in
--   ARGV[5] milliseconds for which the room is kept, '' for no end
-- Returns {'lost', why} with the lease: 'older' (not there, or of an epoch before), 'run' (written by another run of
-- Redis: what that wrote last may be missing here) | {'busy'} (another has the lease) | {'ahead', epoch} (of an epoch
-- that MySQL has not had, as far as the asker knows) | {'restoring'} | {'there'}.

--#include room
--#include lease
--#include run

local settings = read_settings(KEYS[1])
local now = now_ms()
local ahead = settings and tonumber(settings.epoch) - tonumber(ARGV[3])
if ahead == 0 and is_run(settings.runId, ARGV[4]) then
  local keys = {
    settings = KEYS[1], admission = KEYS[3], calls = KEYS[4], unresolved = KEYS[5], turn_ends = KEYS[6],
  }
  keep_room(keys, settings, now, ARGV[5])
  return { is_restoring(settings, now) and 'restoring' or 'there' }
end
if ahead and ahead > 0 then return { 'ahead', settings.epoch } end
if not redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2], 'NX') then return { 'busy' } end
return { 'lost', ahead == 0 and 'run' or 'older' }
