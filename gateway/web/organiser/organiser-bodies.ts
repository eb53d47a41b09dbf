import type { LargeBodies } from '../../api/large-bodies.ts'

/** A form with a file has some lines around it. */
const FORM_BYTES = 1024

/** The pages that take large bodies: forms with a festival's texts, or with its image. */
export function largeFormBodies(limits: { imageBytesMax: number; festivalBytesMax: number }): LargeBodies[] {
  return [
    { path: '/organiser/festivals/:festival/image', bytesMax: limits.imageBytesMax + FORM_BYTES },
    { path: '/organiser/festivals/*', bytesMax: limits.festivalBytesMax, isForOrganisers: true },
  ]
}
