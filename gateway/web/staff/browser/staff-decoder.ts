import { BarcodeDetector, prepareZXingModule } from 'barcode-detector/ponyfill'
import type { Detector } from './lib/ticket-camera.ts'

/** Loaded by `staff.ts` only where the browser reads no QR codes by itself. */

/** @param wasmUrl - where we serve the decoder ourselves; without it, it would be asked of a foreign host */
export function createDetector(wasmUrl: string): Detector {
  prepareZXingModule({ overrides: { locateFile: () => wasmUrl } })
  return new BarcodeDetector({ formats: ['qr_code'] })
}
