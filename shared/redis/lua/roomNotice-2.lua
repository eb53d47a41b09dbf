-- Notices a room that this Redis does not have as MySQL does. To one asker at a time it gives the lease to see to it.
--   KEYS[1] hash settings   KEYS[2] string rebuild: who has the lease
--   ARGV[1] token of the asker   ARGV[2] milliseconds that the lease lasts without a sign of its holder
--   ARGV[3] epoch that MySQL knows, 0 for a room that was never published
--   ARGV[4] the run that this Redis is in (shared/redis/runs.ts), '' to take it for the one the room was built in
-- Returns {'lost'} with the lease (not there, of an epoch before, or written by another run of Redis: what that wrote
-- last may be missing here) | {'busy'} (another has the lease) | {'ahead', epoch} (of an epoch that MySQL has not had,
-- as far as the asker knows) | {'restoring'} | {'there'}.

--#include room

-- A server forgets after an hour without a replica where it once took over (`run@offset`), and is the same run.
local function is_run(written, run)
  return run == '' or not written or written == run or string.sub(written, 1, #run + 1) == run .. '@'
end

local settings = read_settings(KEYS[1])
local ahead = settings and tonumber(settings.epoch) - tonumber(ARGV[3])
if ahead == 0 and is_run(settings.runId, ARGV[4]) then
  return { phase_at(settings, now_ms()) == 'restoring' and 'restoring' or 'there' }
end
if ahead and ahead > 0 then return { 'ahead', settings.epoch } end
if not redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2], 'NX') then return { 'busy' } end
return { 'lost' }
