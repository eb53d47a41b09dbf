import { pause } from './api.ts'

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
}): Promise<Camera> {
  const { video, loadDetector, onText } = options
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: 1280 } },
  })
  let running = true
  const stop = () => {
    running = false
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
  try {
    video.srcObject = stream
    await video.play()
    const detector = (await ownDetector()) ?? (await loadDetector())
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
        // A picture that is not there yet; the next one is.
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
