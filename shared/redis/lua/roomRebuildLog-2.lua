-- Writes a chunk of the log of a room being rebuilt; gaps are filled with zeros.
--   KEYS[1] string rebuild   KEYS[2] string entries
--   ARGV[1] token of the builder   ARGV[2] milliseconds of its lease   ARGV[3] offset in bytes   ARGV[4] the chunk
-- Returns {'written'} | {'outdated'}.

--#include rebuild

if not holds_lease(KEYS[1], ARGV[1], ARGV[2]) then return { 'outdated' } end
redis.call('SETRANGE', KEYS[2], ARGV[3], ARGV[4])
return { 'written' }
