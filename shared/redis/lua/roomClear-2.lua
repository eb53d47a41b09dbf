-- Deletes the remaining keys of a room that was removed from Redis, unless it exists again or is being rebuilt.
--   KEYS[1] hash settings   KEYS[2] string rebuild
--   ARGV[1…] names of other keys of the same room, a bounded number: they are only known from a scan
-- Returns {'cleared'} | {'known'} (the room exists) | {'busy'} (another caller has the lease to rebuild it).

if redis.call('EXISTS', KEYS[1]) == 1 then return { 'known' } end
if redis.call('EXISTS', KEYS[2]) == 1 then return { 'busy' } end
if #ARGV > 0 then redis.call('UNLINK', unpack(ARGV)) end
return { 'cleared' }
