import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { rooms } from '../../drizzle/schema/catalogue.ts'
import type { RoomRow } from '../festivals/read-catalogue.ts'

/** A room's current state in MySQL, or undefined when there is none. */
export async function readRoom(db: Database, room: string): Promise<RoomRow | undefined> {
  const [row] = await db.select().from(rooms).where(eq(rooms.id, room))
  return row
}
