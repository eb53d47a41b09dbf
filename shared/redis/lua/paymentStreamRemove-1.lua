-- Deletes an entry from the stream whose payment is stored in another place.
--   KEYS[1] stream payments
--   ARGV[1] consumer group   ARGV[2] entry   ARGV[3] payment that it names, '' for an entry that names none
-- Returns 1, or 0 when there is no such entry, or it is another payment's.

--#include stream

return drop_entry(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) and 1 or 0
