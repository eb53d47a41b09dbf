import { cacheFestivals } from '../../layout/browser/lib/cache-page.ts'
import { onSubmit, pageData, revealScripted } from '../../layout/browser/lib/page.ts'
import type { RoomData } from '../room.ts'
import { makeEntryKey } from './lib/entry-key.ts'
import { restoreBasket } from './lib/room-basket.ts'
import { bindPlace } from './lib/room-chance.ts'
import { claim } from './lib/room-claim.ts'
import { countDown } from './lib/room-countdown.ts'
import { enter } from './lib/room-enter.ts'
import { follow } from './lib/room-follow.ts'
import { openRoomPage } from './lib/room-page.ts'
import { leavePlace } from './lib/room-place.ts'
import { storePromises } from './lib/room-promises.ts'
import { render } from './lib/room-render.ts'

/** Runs the waiting room: polls by the status' rule, shows the fan's standing, and claims a pass when called. */

const data = pageData<RoomData>('room-data')
const page = openRoomPage(data)
const key = makeEntryKey()

onSubmit('enter', () => enter(page, key))
onSubmit('leave', (form) => leavePlace(page, form))
onSubmit('claim', () => claim(page))
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) page.wake()
})
addEventListener('online', () => page.wake())
// A page from the back/forward cache may be outdated, perhaps from before its fan signed in.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload()
})
revealScripted()
cacheFestivals()
void countDown(page)
restoreBasket(data.room)
storePromises(page.status)
if (data.signedIn && page.placeStatus !== undefined && data.chance === null) void bindPlace(page)
render(page)
void follow(page)
