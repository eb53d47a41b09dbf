import QuickLRU from 'quick-lru'
import { readImageRoute } from '../../shared/api/images.ts'
import { addressOf } from '../../shared/api/route-path.ts'
import type { OriginClient } from '../origin-client/origin-client.ts'

type Content = Uint8Array<ArrayBuffer>

/** Images cached in memory and requested from the origin once: in a rush thousands of fans view the same few. */
export type Images = {
  /** Undefined when the origin has none of this name; throws when the origin is unavailable. */
  get(name: string): Promise<Content | undefined>
}

const IMAGES_CACHED_MAX = 64

/** @param imagesMax - cached; each is some hundred kilobytes */
export function createImages(origin: OriginClient, imagesMax = IMAGES_CACHED_MAX): Images {
  const cached = new QuickLRU<string, Content>({ maxSize: imagesMax })
  const asked = new Map<string, Promise<Content | undefined>>()

  async function ask(name: string): Promise<Content | undefined> {
    const { statusCode, body } = await origin.request({
      method: 'GET',
      path: addressOf(readImageRoute.path, { name }),
      headers: { authorization: `Bearer ${origin.serviceToken()}` },
    })
    if (statusCode !== 200) {
      await body.dump()
      if (statusCode === 404) return undefined
      throw new Error(`The origin answered ${statusCode} when asked for an image`)
    }
    const content = new Uint8Array(await body.arrayBuffer())
    cached.set(name, content)
    return content
  }

  return {
    async get(name) {
      const found = cached.get(name)
      if (found !== undefined) return found
      const asking = asked.get(name) ?? ask(name).finally(() => asked.delete(name))
      asked.set(name, asking)
      return await asking
    },
  }
}
