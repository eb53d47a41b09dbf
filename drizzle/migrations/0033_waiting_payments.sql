ALTER TABLE `payments` MODIFY COLUMN `state` enum('charging','confirmed','declined','refunding','refunded','expired','accepted','waiting') NOT NULL;--> statement-breakpoint
ALTER TABLE `payments` ADD `action` json;--> statement-breakpoint
ALTER TABLE `payments` ADD `action_until` datetime(3);--> statement-breakpoint
CREATE INDEX `payments_state_until` ON `payments` (`state`,`action_until`);--> statement-breakpoint
DROP INDEX `payments_state` ON `payments`;
