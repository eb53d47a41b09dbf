import './times.ts'
import { findCopy, reloadWhenOnline } from './lib/back-online.ts'
import { keepFestivals } from './lib/keep-page.ts'
import { showMoments } from './lib/moments.ts'

/** A festival's page: there without a network once it was opened, and itself again as soon as there is one. */

const copy = findCopy()
if (copy === undefined) keepFestivals()
else {
  for (const time of copy.getElementsByTagName('time')) {
    time.dateTime = copy.dataset['copy'] ?? ''
    time.dataset['moment'] = ''
  }
  showMoments(copy)
  void reloadWhenOnline()
}
