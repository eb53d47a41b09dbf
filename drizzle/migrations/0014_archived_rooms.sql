ALTER TABLE `rooms` ADD `archived_at` datetime(3);--> statement-breakpoint
ALTER TABLE `rooms` ADD `left_redis_at` datetime(3);--> statement-breakpoint
CREATE INDEX `festivals_ends` ON `festivals` (`ends_at`);--> statement-breakpoint
CREATE INDEX `rooms_archived` ON `rooms` (`archived_at`);--> statement-breakpoint
CREATE INDEX `rooms_left_redis` ON `rooms` (`left_redis_at`);