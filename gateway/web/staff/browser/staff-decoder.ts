import { BarcodeDetector, prepareZXingModule } from 'barcode-detector/ponyfill'
import type { Detector } from './lib/ticket-camera.ts'

/** Loaded by `staff.ts` only where the browser cannot read QR codes. */

/** @param wasmUrl - our copy of the decoder; otherwise it would be requested from another host */
export function createDetector(wasmUrl: string): Detector {
  prepareZXingModule({ overrides: { locateFile: () => wasmUrl } })
  return new BarcodeDetector({ formats: ['qr_code'] })
}
