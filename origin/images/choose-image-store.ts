import { createFolderStore } from './folder-store.ts'
import type { ChosenImageStore } from './image-store.ts'
import type { ImagesConfig } from './images-config.ts'

/** For storing or reading one image, including retries. */
const TIMEOUT_MS = 5000
const RETRIES_MAX = 2

/** The configured store. Amazon's library is not loaded for a folder. */
export async function chooseImageStore(
  images: ImagesConfig,
  { timeoutMs = TIMEOUT_MS, retriesMax = RETRIES_MAX }: { timeoutMs?: number; retriesMax?: number } = {},
): Promise<ChosenImageStore> {
  if (images.way === 'folder') return { images: createFolderStore(images.folder), close: () => {} }
  const { createS3Store } = await import('./s3-store.ts')
  return createS3Store({ ...images, timeoutMs, retriesMax })
}
