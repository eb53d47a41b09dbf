/** Stores images, by names whose content never changes. Throws `ImagesUnavailable` when the store fails. */
export type ImageStore = {
  /** Stores an image; an existing one is unchanged. Durable when it resolves. */
  put(name: string, content: Uint8Array): Promise<void>
  /** Undefined when there is none with this name. */
  get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Deletes an image; a missing one is no error. */
  remove(name: string): Promise<void>
}

/**
 * The store is unreachable, or rejects the request. The message is for the log and contains no secret; a retry may
 * help.
 */
export class ImagesUnavailable extends Error {
  override readonly name = 'ImagesUnavailable'
}

/** A configured store, and how to close it. */
export type ChosenImageStore = { images: ImageStore; close: () => void }
