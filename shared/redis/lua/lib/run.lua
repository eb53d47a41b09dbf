-- Whether the run named in a room's settings is the current run of this Redis; '' is assumed to be. A server without a
-- replica forgets after an hour where it took over (`run@offset`), and counts as the same run.
local function is_run(written, run)
  return run == '' or not written or written == run or string.sub(written, 1, #run + 1) == run .. '@'
end
