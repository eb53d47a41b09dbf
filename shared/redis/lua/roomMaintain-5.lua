-- Renews the lease of a room (lib/lease) as roomNotice does, for an origin that is busy with other rooms or cannot read
-- MySQL.
--   KEYS[1] hash settings    KEYS[2] hash admission   KEYS[3] zset calls   KEYS[4] hash unresolved
--   KEYS[5] zset turn-ends
--   ARGV[1] epoch that the origin last read from MySQL   ARGV[2] the current run of this Redis, as for roomNotice
--   ARGV[3] milliseconds of the room's lease
-- Returns 1, or 0 where this Redis does not have the room in that epoch and run.

--#include room
--#include lease
--#include run

local settings = read_settings(KEYS[1], ARGV[1])
if not settings or not is_run(settings.runId, ARGV[2]) then return 0 end
local keys = {
  settings = KEYS[1], admission = KEYS[2], calls = KEYS[3], unresolved = KEYS[4], turn_ends = KEYS[5],
}
maintain_room(keys, settings, now_ms(), ARGV[3])
return 1
