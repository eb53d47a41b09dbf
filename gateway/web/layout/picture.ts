import { html } from 'hono/html'
import { PICTURE_SHAPE, PICTURE_WIDTHS, pictureName } from '../../../shared/catalogue.ts'
import type { Html } from './page.ts'

const SHOWN_WIDTH = 960

/**
 * A festival's picture in the width that the screen needs; its height is known before it is there, so that nothing moves.
 *
 * @param alt - what it shows, in words; '' where the words beside it say that already
 */
export function picturePart(picture: string, alt: string, loading: 'eager' | 'lazy' = 'eager'): Html {
  const height = (SHOWN_WIDTH * PICTURE_SHAPE.height) / PICTURE_SHAPE.width
  const sources = PICTURE_WIDTHS.map((width) => `${picturePath(picture, width)} ${width}w`).join(', ')
  return html`<img class="picture" src="${picturePath(picture, SHOWN_WIDTH)}" srcset="${sources}" sizes="(min-width: 48rem) 46rem, 100vw" width="${SHOWN_WIDTH}" height="${height}" alt="${alt}" loading="${loading}" decoding="async">`
}

export function picturePath(picture: string, width: (typeof PICTURE_WIDTHS)[number] = SHOWN_WIDTH): string {
  return `/pictures/${pictureName(picture, width)}`
}
