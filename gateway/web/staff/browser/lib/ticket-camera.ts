import { pause } from '../../../layout/browser/lib/api.ts'
import { keepAwake } from './keep-awake.ts'

/** As much of the Barcode Detection API as is used here. */
export type Detector = { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
type DetectorClass = {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}

export type Camera = { stop(): void }

/** Between two looks: quick to the eye, and light on the battery. */
const LOOK_MS = 120

/**
 * Shows the camera at the back in `video` and tells every QR code that it sees, again and again while it is seen.
 *
 * @param options.loadDetector - for browsers without a detector of their own
 * @throws what `getUserMedia` does (W3C Media Capture, section 10.2): no camera, or not allowed
 */
export async function startCamera(options: {
  video: HTMLVideoElement
  loadDetector: () => Promise<Detector>
  onText: (text: string) => void
  /** When another app or the system has taken the camera, or it was unplugged. */
  onEnd: () => void
}): Promise<Camera> {
  const { video, loadDetector, onText, onEnd } = options
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: 1280 } },
  })
  let running = true
  const sleep = keepAwake()
  const stop = () => {
    running = false
    sleep()
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
  try {
    video.srcObject = stream
    await video.play()
    const detector = (await ownDetector()) ?? (await loadDetector())
    // Of tracks that are stopped here, browsers tell nothing.
    for (const track of stream.getTracks()) track.addEventListener('ended', onEnd)
    void look(detector)
  } catch (error) {
    stop()
    throw error
  }

  async function look(detector: Detector): Promise<void> {
    while (running) {
      await pause(LOOK_MS)
      if (document.hidden || !running) continue
      try {
        const [found] = await detector.detect(video)
        if (found !== undefined && running) onText(found.rawValue)
      } catch {
        // An image that is not there yet; the next one is.
      }
    }
  }

  return { stop }
}

async function ownDetector(): Promise<Detector | undefined> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: DetectorClass }
  try {
    const formats = (await BarcodeDetector?.getSupportedFormats()) ?? []
    if (BarcodeDetector === undefined || !formats.includes('qr_code')) return undefined
    return new BarcodeDetector({ formats: ['qr_code'] })
  } catch {
    return undefined
  }
}

/** Whether there is a camera at all; undefined where the browser does not say. */
export async function hasCamera(): Promise<boolean | undefined> {
  try {
    const devices = await navigator.mediaDevices.enumerateDevices()
    return devices.some(({ kind }) => kind === 'videoinput')
  } catch {
    return undefined
  }
}

export type CameraFault = 'none' | 'refused' | 'busy' | 'failed'

const FAULTS: Readonly<Record<string, CameraFault>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
}

/**
 * Why the camera did not start, by the error of `getUserMedia`. Browsers differ in what they call a missing camera: WebKit
 * may refuse it, or fail in its own way.
 */
export function cameraFault(error: unknown, isThere: boolean | undefined): CameraFault {
  if (isThere === false) return 'none'
  return FAULTS[error instanceof Error ? error.name : ''] ?? 'failed'
}
