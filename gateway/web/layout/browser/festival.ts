import './times.ts'
import { findCopy, reloadWhenOnline } from './lib/back-online.ts'
import { cacheFestivals } from './lib/cache-page.ts'
import { showMoments } from './lib/moments.ts'

/** Makes a festival's page available without a network once it was opened, and reloads it as soon as there is one. */

const copy = findCopy()
if (copy === undefined) cacheFestivals()
else {
  for (const time of copy.getElementsByTagName('time')) {
    time.dateTime = copy.dataset['copy'] ?? ''
    time.dataset['moment'] = ''
  }
  showMoments(copy)
  void reloadWhenOnline()
}
