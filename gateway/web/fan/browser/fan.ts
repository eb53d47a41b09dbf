import { ask } from '../../layout/browser/lib/api.ts'

/**
 * Notices that the fan has bought, is paying, has gone in or has left since this page was rendered: in another tab, on
 * another device, or before they came Back. The server's own page then says how things stand.
 */

const LOOK_MS_MIN = 5000
/** Pages that are looked at all the time ask as seldom as this; the buying page is there for some minutes. */
const LOOK_MS = 60_000
/** What others are told of at once, in this browser. */
const NEWS = ['bought', 'paying']

const { room, fan } = document.getElementById('content')?.dataset ?? {}
const news = 'BroadcastChannel' in window ? new BroadcastChannel(`naru-fan-${room}`) : undefined
let lookedAt = Date.now()

async function look(): Promise<void> {
  lookedAt = Date.now()
  const answer = await ask<{ status: string }>('GET', `/api/rooms/${room}/me`)
  // Signed out, here or everywhere: the page is not theirs any more.
  if (answer.status === 'refused' && answer.problem.status === 401) location.reload()
  if (answer.status !== 'done') return
  const { status } = answer.body
  // Nothing new: a pass that ended before is as good as none.
  if (status === fan || (status === 'none' && (fan === 'over' || fan === 'restored')) || status === 'unknown')
    return
  location.reload()
}

function lookSoon(): void {
  if (!document.hidden && Date.now() - lookedAt >= LOOK_MS_MIN) void look()
}

// A page from the back/forward cache is as it was left.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload()
})

if (room !== undefined && fan !== undefined && fan !== 'signed-out') {
  document.addEventListener('visibilitychange', lookSoon)
  setInterval(() => {
    if (!document.hidden) void look()
  }, LOOK_MS)
  if (news !== undefined) {
    news.onmessage = () => void look()
    if (NEWS.includes(fan)) news.postMessage(fan)
  }
}
