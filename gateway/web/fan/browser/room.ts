import type { ProblemDocument } from '../../../../shared/api/problem.ts'
import type { Status } from '../../../room/status.ts'
import { fill } from '../../i18n/translated.ts'
import { ask, pause } from '../../layout/browser/lib/api.ts'
import { clockDifference, spokenTime } from '../../layout/browser/lib/clock.ts'
import { keepFestivals } from '../../layout/browser/lib/keep-page.ts'
import { rememberSeen } from '../../layout/browser/lib/last-seen.ts'
import { recall, remember } from '../../layout/browser/lib/memory.ts'
import { isFirstTime } from '../../layout/browser/lib/once.ts'
import {
  count,
  form,
  language,
  onSubmit,
  pageData,
  part,
  revealScripted,
  say,
  show,
} from '../../layout/browser/lib/page.ts'
import { minutesLeft } from '../../layout/minutes-left.ts'
import { flashQuery } from '../../layout/refusal-facts.ts'
import { refusalQuery } from '../refused-basket.ts'
import type { RoomData } from '../room.ts'
import {
  type Bound,
  type Chance,
  chanceOf,
  chanceStep,
  hasChances,
  nextPollSeconds,
  noticeIn,
  type RoomView,
  roomView,
  type Standing,
} from '../room-view.ts'
import { lotOf, spokenWait } from '../room-words.ts'
import { callForAttention } from './lib/alert.ts'
import { makeEntryKey } from './lib/entry-key.ts'
import { prove } from './lib/proof.ts'

/** Runs the waiting room: polls by the status' rule, shows the fan's standing, and claims a pass when called. */

const data = pageData<RoomData>('room-data')
const text = data.words
const api = `/api/rooms/${data.room}`
const here = location.pathname
const UNAVAILABLE_RETRY_SECONDS = 2
let status = data.status
let standing: Standing | undefined = data.standing ?? undefined
let claiming = false
let chance: Chance = data.chance ?? 'signed-out'
let wake = () => {}
/** One key per page view: pressing the button again returns the same place. */
const key = makeEntryKey()

function render(): void {
  const view = roomView(status, standing, data.inside)
  for (const element of document.querySelectorAll<HTMLElement>('[data-step]')) {
    element.hidden = element.dataset['step'] !== view.step
  }
  // Once shown it stays, so that the layout below does not move.
  if (view.step !== 'shut' && view.step !== 'over') show('steps', true)
  for (const element of document.querySelectorAll<HTMLElement>('[data-steps]')) {
    element.hidden = !(element.dataset['steps'] ?? '').split(' ').includes(view.step)
  }
  renderWords(view)
  rememberSeen(data.room, view)
  if (view.step === 'called' && !claiming) void beCalled()
}

function renderWords(view: RoomView): void {
  const notice = noticeIn(status, language)
  const box = part('notice')
  if (box !== undefined && notice !== undefined) box.lang = notice.lang
  say('notice', notice?.words ?? '')
  show('notice', notice !== undefined)
  const flash = part('flash')
  const words = view.flash.map((key) => text[key])
  if (flash !== undefined && flash.textContent !== words.join('')) {
    flash.replaceChildren(
      ...words.map((each) =>
        Object.assign(document.createElement('p'), { className: 'notice', textContent: each }),
      ),
    )
  }
  if (view.ahead !== undefined) say('ahead', count(view.ahead))
  if (standing?.position !== undefined) say('position', count(standing.position + 1))
  say('wait', spokenWait(view.wait, text))
  // Before the draw a place has no position, so it cannot be left yet.
  show('leave', standing?.position !== undefined)
  const progress = part('progress')
  if (progress instanceof HTMLProgressElement) progress.value = view.progress
  renderChance()
  const { draw } = status
  show('check', draw?.drawn === true && standing !== undefined)
  if (draw !== undefined) say('lot', lotOf(draw, standing, text, count))
}

/** Shows whether the fan takes part in the draw, and what to do about it. */
function renderChance(): void {
  const box = part('chance-box')
  if (box === undefined || !hasChances(status)) return
  say('chance', text.chance[chance])
  box.classList.toggle('good', chance === 'yes')
  box.classList.toggle('warm', chance !== 'yes')
  const step = chanceStep(chance)
  show('chance-sign-in', step === 'sign-in')
  show('chance-confirm', step === 'confirm')
}

/** How long before the end of a turn the one warning is given. */
const WARN_MS = 30_000
const turnOf = () => Date.parse(standing?.turnEndsAt ?? '')

/** Shows how long the turn lasts; the server's page reports when it is over. */
function showTurn(left: number): void {
  show('turn-left', left > 0)
  if (Number.isNaN(left)) return
  say('turn-left', fill(text.turnEnds, { time: minutesLeft(left) }))
  say('turn-warning', left > 0 && left <= WARN_MS ? text.turnEndsSoon : '')
  if (left <= 0 && isFirstTime(`turn-${standing?.turnEndsAt}`)) location.assign(here)
}

/**
 * Shows the time until the opening in the lobby and, once called, the rest of the turn, by the server's clock; the
 * status may move the opening.
 */
async function countDown(): Promise<void> {
  const difference = await clockDifference()
  for (;;) {
    const left = Date.parse(status.opensAt) - Date.now() - difference
    // The line always takes up space, so that the layout does not move.
    say('opens', left > 0 ? spokenTime(left) : '\u00a0')
    if (roomView(status, standing, data.inside).step === 'called')
      showTurn(turnOf() - Date.now() - difference)
    await pause(1000 - ((Date.now() + difference) % 1000))
  }
}

/** Polls as long as there is something to wait for. Failures are retried; the place is preserved meanwhile. */
async function follow(): Promise<void> {
  for (;;) {
    const seconds = nextPollSeconds(status, roomView(status, standing).ahead, Math.random())
    await Promise.race([
      pause(seconds * 1000),
      new Promise<void>((resolve) => {
        wake = resolve
      }),
    ])
    const answer = await ask<Status>('GET', `${api}/status`)
    show('offline', answer.status === 'away')
    if (answer.status === 'away') say('offline', data.offline)
    if (answer.status !== 'done') continue
    status = answer.body
    keepPromises()
    if (standing !== undefined && needsPlace()) await readPlace()
    render()
  }
}

/** The place is requested once the draw is made, and when the room has to be restored from fans' places. */
function needsPlace(): boolean {
  return status.phase === 'restoring' || (standing?.position === undefined && status.draw?.drawn === true)
}

async function readPlace(): Promise<void> {
  const answer = await ask<Standing & { movedFrom?: number }>('GET', `${api}/place`)
  if (answer.status === 'done') standing = answer.body
  // The place has moved, which the server's page explains.
  if (answer.status === 'done' && answer.body.movedFrom !== undefined)
    location.assign(`${here}?flash=place-moved`)
  if (answer.status === 'refused' && answer.problem.status !== 429 && answer.problem.status < 500)
    form('leave')?.submit()
}

onSubmit('enter', async () => {
  remember('key', data.room, key)
  say('claiming', '')
  const proof = status.proofOfWork ? await proveAloud() : undefined
  const answer = await ask<Standing>('POST', `${api}/entries`, {
    key,
    ...(proof === undefined ? {} : { proof }),
  })
  if (answer.status !== 'done') {
    // The server's page explains what is wrong.
    if (answer.status === 'refused') location.assign(`${here}?${flashQuery(answer.problem, Date.now())}`)
    else show('offline', true)
    return
  }
  standing = answer.body
  if (data.signedIn) void bind()
  render()
  wake()
})

async function proveAloud() {
  const [button] = form('enter')?.getElementsByTagName('button') ?? []
  if (button !== undefined) button.textContent = text.proving
  return await prove(data.room, key)
}

onSubmit('leave', async (leaveForm) => {
  if (!confirm(leaveForm.dataset['ask'])) return
  const answer = await ask('DELETE', `${api}/place`)
  if (answer.status === 'away') return
  location.assign(here)
})

onSubmit('claim', claim)

/** Binds the place to the account, so that it is found on the fan's other devices and takes part in the draw. */
async function bind(): Promise<void> {
  const answer = await ask<Pick<Extract<Bound, { ok: true }>, 'participates'>>(
    'PUT',
    `${api}/place/account`,
    {},
  )
  if (answer.status === 'away') return
  const { participates } = answer.status === 'done' ? answer.body : { participates: undefined }
  const code = answer.status === 'refused' ? answer.problem.code : undefined
  chance = chanceOf(code === undefined ? { ok: true, participates } : { ok: false, code })
  renderChance()
}

async function beCalled(): Promise<void> {
  claiming = true
  if (standing?.turnEndsAt === undefined) void readPlace()
  callForAttention(text.turnTitle)
  part('turn')?.focus()
  if (data.signedIn) await claim()
}

/** Claims until there is a pass or the turn is over; then reserves the chosen tickets and continues to the basket. */
async function claim(): Promise<void> {
  claiming = true
  for (;;) {
    say('claiming', text.goingIn)
    const answer = await ask('POST', `${api}/claims`, {})
    if (answer.status === 'done') return await goIn()
    if (answer.status === 'refused' && ELSEWHERE.includes(answer.problem.code))
      return await goOnHere(answer.problem.code)
    const again = answer.status === 'away' ? UNAVAILABLE_RETRY_SECONDS : afterRefusal(answer.problem)
    if (again === undefined) return
    await pause(again * 1000 * (1 + 0.2 * Math.random()))
  }
}

/** Refusals that no retry can change: the form leads to a page that explains them, and clears the place. */
const ENDS = ['turn-missed', 'place-used', 'place-lost', 'place-moved']

/** Seconds until the next claim; undefined when the page is left. */
function afterRefusal({ code, retryAfterSeconds, turnEndsAt }: ProblemDocument): number | undefined {
  if (ENDS.includes(code)) form('claim')?.submit()
  else if (code === 'place-foreign') {
    // A retry cannot help: the fan has to choose an account.
    say('claiming', data.refusals[code] ?? text.failed)
  } else if (code === 'token-invalid' || code === 'token-missing') location.reload()
  else {
    say('claiming', code === 'no-free-slot' ? text.kept : text.failed)
    if (code === 'no-free-slot' && standing !== undefined && typeof turnEndsAt === 'string')
      standing = { ...standing, turnEndsAt }
    return Number(retryAfterSeconds ?? UNAVAILABLE_RETRY_SECONDS)
  }
  return undefined
}

/** The account has a pass or waits with another place than this device's. */
const ELSEWHERE = ['pass-held', 'place-bound']

/**
 * Continues with the account's pass or place on another device, where its basket stays reserved. Not retried, since
 * waiting does not help.
 */
async function goOnHere(code: string): Promise<void> {
  const answer = await ask('POST', `${api}/claims?of=account`, {})
  if (answer.status === 'done') goOn()
  else say('claiming', data.refusals[code] ?? text.failed)
}

async function goIn(): Promise<void> {
  const basket = chosen()
  if (basket.length === 0) return goOn()
  const answer = await ask('PUT', `${api}/hold`, { basket })
  if (answer.status === 'done') goOn()
  else
    goOn(
      refusalQuery(answer.status === 'away' ? { code: 'unavailable' } : answer.problem, basket, Date.now()),
    )
}

/** @param refusal - the refusal that the basket's page shows, as a query */
function goOn(refusal?: string): void {
  location.assign(here.replace(/\/room$/, `/buy${refusal === undefined ? '' : `?${refusal}`}`))
}

function chosen(): { type: number; quantity: number }[] {
  const found = form('basket')
  if (found === undefined) return []
  return [...new FormData(found)]
    .map(([type, quantity]) => ({ type: Number(type), quantity: Number(quantity) }))
    .filter(({ quantity }) => quantity > 0)
}

function keepBasket(): void {
  const found = form('basket')
  if (found === undefined) return
  const kept = JSON.parse(recall('basket', data.room) ?? '[]') as ReturnType<typeof chosen>
  for (const { type, quantity } of kept) {
    const field = found.elements.namedItem(String(type))
    if (field instanceof HTMLSelectElement) field.value = String(quantity)
  }
  found.addEventListener('change', () => remember('basket', data.room, JSON.stringify(chosen())))
}

/** Stored as first seen: what the organiser must be held to after the draw. */
function keepPromises(): void {
  const { draw } = status
  if (draw === undefined) return
  const { commitment, closing, drawn } = draw
  if (recall('commitment', data.room) === undefined) remember('commitment', data.room, commitment)
  // Hashes are evidence only if they were seen before the round existed.
  if (closing === undefined || drawn || recall('closing', data.room) !== undefined) return
  const { logHash, participantsHash } = closing
  remember('closing', data.room, JSON.stringify({ logHash, participantsHash }))
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) wake()
})
addEventListener('online', () => wake())
// A page from the back/forward cache may be outdated, perhaps from before its fan signed in.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload()
})
revealScripted()
keepFestivals()
void countDown()
keepBasket()
keepPromises()
if (data.signedIn && standing !== undefined && data.chance === null) void bind()
render()
void follow()
