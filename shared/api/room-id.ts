import { z } from 'zod'

/** A festival's ID, which is also its room's: lower-case words joined by hyphens, at most 64 characters. */
export const RoomIdSchema = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens')
