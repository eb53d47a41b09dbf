-- Renews the lease of a room that matches MySQL (lib/lease), and detects one that does not. For the latter, one caller
-- at a time receives the lease to repair it.
--   KEYS[1] hash settings    KEYS[2] string rebuild: the lease holder   KEYS[3] hash admission   KEYS[4] zset calls
--   KEYS[5] hash unresolved  KEYS[6] zset turn-ends
--   ARGV[1] token of the caller   ARGV[2] milliseconds after which the lease expires unless its holder renews it
--   ARGV[3] epoch that MySQL knows, 0 for a room that was never published
--   ARGV[4] the current run of this Redis (shared/redis/runs.ts), '' to assume the one that the room was built in
--   ARGV[5] milliseconds of the room's lease, '' for no expiry
-- Returns {'lost', why} with the lease: 'older' (absent, or of an earlier epoch), 'run' (written in another run of
-- Redis, whose last writes may be missing here) | {'busy'} (another caller has the lease) | {'ahead', epoch} (of an
-- epoch that MySQL has not had, as far as the caller knows) | {'restoring'} | {'there'}.

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
  maintain_room(keys, settings, now, ARGV[5])
  return { is_restoring(settings, now) and 'restoring' or 'there' }
end
if ahead and ahead > 0 then return { 'ahead', settings.epoch } end
if not redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2], 'NX') then return { 'busy' } end
return { 'lost', ahead == 0 and 'run' or 'older' }
