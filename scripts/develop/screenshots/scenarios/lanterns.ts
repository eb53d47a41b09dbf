import sharp from 'sharp'

const WIDTH = 1600
const HEIGHT = 1200
const LANTERNS = 60

/** An image as an organiser may send it: lanterns on a river by night, the same every time. */
export async function lanterns(): Promise<Uint8Array<ArrayBuffer>> {
  const chance = chances(7)
  const lights = Array.from({ length: LANTERNS }, () => {
    const near = chance()
    const [x, y] = [WIDTH * chance(), HEIGHT * (0.45 + 0.5 * near)]
    const size = 8 + 40 * near
    return `<ellipse cx="${x}" cy="${y}" rx="${size}" ry="${size * 1.2}" fill="#ffb366" opacity="${0.5 + 0.5 * near}"/>
<ellipse cx="${x}" cy="${y + 3 * size}" rx="${size * 1.6}" ry="${size * 0.5}" fill="#ffb366" opacity="0.25"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
<defs><linearGradient id="night" x2="0" y2="1"><stop stop-color="#04232b"/><stop offset="0.45" stop-color="#0b6374"/><stop offset="1" stop-color="#083f4b"/></linearGradient></defs>
<rect width="${WIDTH}" height="${HEIGHT}" fill="url(#night)"/><circle cx="1250" cy="260" r="90" fill="#fdf0e1"/>
${lights.join('')}</svg>`
  return new Uint8Array(await sharp(Buffer.from(svg)).jpeg({ quality: 85 }).toBuffer())
}

/** Numbers from 0 to 1 that look like chance (Park and Miller, 1988). */
function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
