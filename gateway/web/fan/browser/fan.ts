import type { readMeInRoomRoute } from '../../../../shared/api/me-in-room.ts'
import { ask } from '../../layout/browser/lib/api.ts'

/**
 * Detects that the fan has bought, is paying, got a pass or left since this page was rendered: in another tab, on
 * another device, or before a restored page was shown. The server's page then shows the new state.
 */

const REFRESH_MS_MIN = 5000
/** The polling interval of pages that are open for long; the buying page is open for some minutes only. */
const REFRESH_MS = 60_000
/** For notifying other tabs of this browser immediately. */
const NEWS = ['bought', 'paying']

const { room, fan } = document.getElementById('content')?.dataset ?? {}
const news = 'BroadcastChannel' in window ? new BroadcastChannel(`naru-fan-${room}`) : undefined
let refreshedAt = Date.now()

async function refresh(room: string): Promise<void> {
  refreshedAt = Date.now()
  const answer = await ask<typeof readMeInRoomRoute>('get', '/rooms/{room}/me', { params: { room } })
  // Signed out, here or everywhere: the page no longer belongs to this user.
  if (answer.status === 'refused' && answer.problem.status === 401) location.reload()
  if (answer.status !== 'done') return
  const { status } = answer.body
  // No change: an ended pass counts as none.
  if (status === fan || (status === 'none' && (fan === 'over' || fan === 'restored')) || status === 'unknown')
    return
  location.reload()
}

function refreshSoon(room: string): void {
  if (!document.hidden && Date.now() - refreshedAt >= REFRESH_MS_MIN) void refresh(room)
}

// A page from the back/forward cache may be outdated.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload()
})

if (room !== undefined && fan !== undefined && fan !== 'signed-out') {
  document.addEventListener('visibilitychange', () => refreshSoon(room))
  setInterval(() => {
    if (!document.hidden) void refresh(room)
  }, REFRESH_MS)
  if (news !== undefined) {
    news.onmessage = () => void refresh(room)
    if (NEWS.includes(fan)) news.postMessage(fan)
  }
}
