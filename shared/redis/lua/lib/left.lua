-- Calls places in order and skips those that were left before their turn.

-- Bounds the places examined one by one in a decision: a number of windows, each of a number of bytes with eight places
-- per byte. The next decision continues from there. A full window of left places is skipped without being read.
local WINDOWS_MAX = 4
local WINDOW_BYTES = 512

-- Walks from the place after `serving` until `count` places were called or the windows are used up. The caller ensures
-- that enough places that were not left exist. Returns the last position called, how many were called (at least one),
-- and how many were skipped on the way.
local function pass_over_left(claimed_key, serving, count)
  local last, called = serving, 0
  local position = serving + 1
  for _ = 1, WINDOWS_MAX do
    -- Without an end argument, BITPOS counts bits beyond the bitmap as 0 and finds them.
    local first = redis.call('BITPOS', claimed_key, 0, math.floor(position / 8))
    position = math.max(position, first)
    local start = math.floor(position / 8)
    local window = redis.call('GETRANGE', claimed_key, start, start + WINDOW_BYTES - 1)
    local window_end = (start + WINDOW_BYTES) * 8
    while position < window_end and called < count do
      local byte = string.byte(window, math.floor(position / 8) - start + 1) or 0
      if math.floor(byte / 2 ^ (7 - position % 8)) % 2 == 0 then
        called = called + 1
        last = position
      end
      position = position + 1
    end
    if called == count then break end
  end
  return last, called, last - serving - called
end
