import { pause } from '../../../layout/browser/lib/api.ts'
import { keepAwake } from './keep-awake.ts'

/** The parts of the Barcode Detection API used here. */
export type Detector = { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
type DetectorClass = {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}

export type Camera = { stop(): void }

/** Between two detections: fast enough for users, and light on the battery. */
const SCAN_MS = 120

/**
 * Shows the rear camera in `video` and reports every QR code repeatedly while it is visible.
 *
 * @param options.loadDetector - for browsers without a built-in detector
 * @throws the errors of `getUserMedia` (W3C Media Capture, section 10.2): no camera, or not allowed
 */
export async function startCamera(options: {
  video: HTMLVideoElement
  loadDetector: () => Promise<Detector>
  onText: (text: string) => void
  /** Called when another app or the system has taken the camera, or it was unplugged. */
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
    // Browsers fire no event for tracks that are stopped here.
    for (const track of stream.getTracks()) track.addEventListener('ended', onEnd)
    void scan(detector)
  } catch (error) {
    stop()
    throw error
  }

  async function scan(detector: Detector): Promise<void> {
    while (running) {
      await pause(SCAN_MS)
      if (document.hidden || !running) continue
      try {
        const [found] = await detector.detect(video)
        if (found !== undefined && running) onText(found.rawValue)
      } catch {
        // The image is not ready yet; the next one will be.
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

/** Whether there is a camera; undefined where the browser does not tell. */
export async function hasCamera(): Promise<boolean | undefined> {
  try {
    const devices = await navigator.mediaDevices.enumerateDevices()
    return devices.some(({ kind }) => kind === 'videoinput')
  } catch {
    return undefined
  }
}

export type CameraError = 'none' | 'refused' | 'busy' | 'failed'

const ERRORS: Readonly<Record<string, CameraError>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
}

/**
 * Why the camera did not start, by the error of `getUserMedia`. Browsers report a missing camera differently: WebKit
 * may refuse access, or fail with another error.
 */
export function cameraError(error: unknown, isThere: boolean | undefined): CameraError {
  if (isThere === false) return 'none'
  return ERRORS[error instanceof Error ? error.name : ''] ?? 'failed'
}
