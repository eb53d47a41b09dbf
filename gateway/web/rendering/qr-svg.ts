import { encode } from 'uqr'

/** Quiet zone in modules; the page around it is light as well. */
const BORDER = 2

/**
 * A QR code as an SVG with one path, in which adjacent dark modules of a row form one rectangle: a quarter of the size.
 */
export function qrSvg(text: string): string {
  const { size, data } = encode(text, { border: BORDER })
  let path = ''
  for (const [row, modules] of data.entries()) {
    for (let from = modules.indexOf(true); from !== -1; ) {
      const light = modules.indexOf(false, from)
      const to = light === -1 ? size : light
      path += `M${from} ${row}h${to - from}v1H${from}z`
      from = modules.indexOf(true, to)
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`
}
