import { rememberSeen } from '../../../layout/browser/lib/last-seen.ts'
import { count, language, part, say, show } from '../../../layout/browser/lib/page.ts'
import { noticeIn, type RoomView, roomView } from '../../room-view.ts'
import { drawTextOf, spokenWait } from '../../room-words.ts'
import { renderChance } from './room-chance.ts'
import { beCalled } from './room-claim.ts'
import type { RoomPage } from './room-page.ts'

/** Shows the step that the fan is at, and goes in when it is their turn. */
export function render(page: RoomPage): void {
  const view = roomView(page.status, page.placeStatus, page.data.admitted)
  for (const element of document.querySelectorAll<HTMLElement>('[data-step]')) {
    element.hidden = element.dataset['step'] !== view.step
  }
  // Once shown it stays, so that the layout below does not move.
  if (view.step !== 'shut' && view.step !== 'over') show('steps', true)
  for (const element of document.querySelectorAll<HTMLElement>('[data-steps]')) {
    element.hidden = !(element.dataset['steps'] ?? '').split(' ').includes(view.step)
  }
  renderNotice(page)
  renderFlash(page, view)
  renderQueue(page, view)
  renderChance(page)
  renderDraw(page)
  rememberSeen(page.data.room, view)
  if (view.step === 'called' && !page.isClaiming) void beCalled(page)
}

/** The organiser's notice. */
function renderNotice({ status }: RoomPage): void {
  const notice = noticeIn(status, language)
  const box = part('notice')
  if (box !== undefined && notice !== undefined) box.lang = notice.lang
  say('notice', notice?.words ?? '')
  show('notice', notice !== undefined)
}

function renderFlash({ data }: RoomPage, view: RoomView): void {
  const flash = part('flash')
  const words = view.flash.map((key) => data.words[key])
  if (flash === undefined || flash.textContent === words.join('')) return
  flash.replaceChildren(
    ...words.map((each) =>
      Object.assign(document.createElement('p'), { className: 'notice', textContent: each }),
    ),
  )
}

/** How many fans are ahead, and how long that may take. */
function renderQueue({ data, placeStatus }: RoomPage, view: RoomView): void {
  if (view.ahead !== undefined) say('ahead', count(view.ahead))
  if (placeStatus?.position !== undefined) say('position', count(placeStatus.position + 1))
  say('wait', spokenWait(view.wait, data.words))
  // Before the draw a place has no position, so it cannot be left yet.
  show('leave', placeStatus?.position !== undefined)
  const progress = part('progress')
  if (progress instanceof HTMLProgressElement) progress.value = view.progress
}

function renderDraw({ data, status: { draw }, placeStatus }: RoomPage): void {
  show('check', draw?.drawn === true && placeStatus !== undefined)
  if (draw !== undefined) say('lot', drawTextOf(draw, placeStatus, data.words, count))
}
