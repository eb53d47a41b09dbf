import { language, part, say, show } from '../../../layout/browser/lib/page.ts'
import { staffText } from '../../text/staff.ts'
import { type Camera, cameraError, type Detector, hasCamera, startCamera } from './ticket-camera.ts'

const text = staffText[language]
/** A ticket that stays in view is not scanned again, nor is one of several that the camera detects alternately. */
const SAME_MS = 4000
const SEEN_MAX = 8

export type Scanner = {
  /** Allows the last ticket to be scanned again immediately. */
  forget(): void
}

/** The camera's part of the page: its buttons, image and errors. Reports each ticket in view once. */
export function createScanner(options: {
  loadDetector: () => Promise<Detector>
  onTicket: (text: string) => void
}): Scanner {
  let camera: Camera | undefined
  /** Until when each text counts as the same scan; the most recent is last. */
  const seen = new Map<string, number>()

  function onText(text: string): void {
    const now = Date.now()
    const isSame = now < (seen.get(text) ?? 0)
    seen.delete(text)
    seen.set(text, now + SAME_MS)
    for (const oldest of seen.keys()) if (seen.size > SEEN_MAX) seen.delete(oldest)
    if (!isSame) options.onTicket(text)
  }

  async function begin(): Promise<void> {
    const video = part('video')
    const button = part('start-camera')
    if (!(video instanceof HTMLVideoElement) || !(button instanceof HTMLButtonElement)) return
    if (navigator.mediaDevices === undefined) return sayError(text.cameraErrors.none)
    show('camera-flash', false)
    show('camera', true)
    button.disabled = true
    button.textContent = text.starting
    try {
      const onEnd = () => {
        end()
        sayError(text.cameraErrors.busy)
      }
      camera = await startCamera({ video, loadDetector: options.loadDetector, onText, onEnd })
      button.hidden = true
    } catch (error) {
      show('camera', false)
      sayError(text.cameraErrors[cameraError(error, await hasCamera())])
    }
    button.disabled = false
    button.textContent = text.scan
  }

  function end(): void {
    camera?.stop()
    camera = undefined
    show('camera', false)
    show('start-camera', true)
    part('start-camera')?.focus()
  }

  part('start-camera')?.addEventListener('click', () => void begin())
  part('stop-camera')?.addEventListener('click', end)
  return {
    forget: () => seen.clear(),
  }
}

function sayError(words: string): void {
  say('camera-flash', words)
  show('camera-flash', true)
}
