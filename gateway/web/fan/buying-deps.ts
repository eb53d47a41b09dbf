import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Api } from '../../api/page-api.ts'
import type { FanDeps } from '../../api/rooms/fan.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import type { Snapshots } from '../../room/snapshot.ts'
import type { Assets } from '../assets/assets.ts'

/** What the pages of the basket and of the payment need. */
export type BuyingPageRoutesDeps = FanDeps & {
  festivals: Festivals
  snapshots: Pick<Snapshots, 'of'>
  assets: Assets
  api: Api
  config: { publicUrl: string }
  now: Clock
}
