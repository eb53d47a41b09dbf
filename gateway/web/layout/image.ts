import { html } from 'hono/html'
import { IMAGE_SHAPE, IMAGE_WIDTHS, imageName } from '../../../shared/catalogue.ts'
import type { Html } from './html.ts'

const SHOWN_WIDTH = 960

/**
 * A festival's image in the width that the screen needs; its height is fixed before it loads, so that the layout does
 * not move.
 *
 * @param alt - the alternative text; '' where the adjacent text already describes it
 */
export function imagePart(image: string, alt: string, loading: 'eager' | 'lazy' = 'eager'): Html {
  const height = (SHOWN_WIDTH * IMAGE_SHAPE.height) / IMAGE_SHAPE.width
  const sources = IMAGE_WIDTHS.map((width) => `${imagePath(image, width)} ${width}w`).join(', ')
  return html`<img class="image" src="${imagePath(image, SHOWN_WIDTH)}" srcset="${sources}" sizes="(min-width: 48rem) 46rem, 100vw" width="${SHOWN_WIDTH}" height="${height}" alt="${alt}" loading="${loading}" decoding="async">`
}

export function imagePath(image: string, width: (typeof IMAGE_WIDTHS)[number] = SHOWN_WIDTH): string {
  return `/images/${imageName(image, width)}`
}
