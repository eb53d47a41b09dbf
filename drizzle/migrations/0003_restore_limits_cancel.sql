CREATE TABLE `room_checkpoints` (
	`room_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`minute` int unsigned NOT NULL,
	`at` datetime(3) NOT NULL,
	`entries` int unsigned NOT NULL,
	`serving` int NOT NULL,
	CONSTRAINT `room_checkpoints_room_id_minute_pk` PRIMARY KEY(`room_id`,`minute`)
);
--> statement-breakpoint
CREATE TABLE `payments_aside` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`entry` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`payment_id` char(36) character set ascii collate ascii_bin,
	`fields` json NOT NULL,
	`reason` varchar(500) NOT NULL,
	`attempts` int unsigned NOT NULL,
	`at` datetime(3) NOT NULL,
	`resolved_at` datetime(3),
	CONSTRAINT `payments_aside_id` PRIMARY KEY(`id`),
	CONSTRAINT `payments_aside_entry` UNIQUE(`festival_id`,`entry`)
);
--> statement-breakpoint
CREATE TABLE `provider_events` (
	`id` varchar(255) character set ascii collate ascii_bin NOT NULL,
	`received_at` datetime(3) NOT NULL,
	CONSTRAINT `provider_events_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `payments` MODIFY COLUMN `state` enum('charging','confirmed','declined','refunding','refunded','expired') NOT NULL;--> statement-breakpoint
ALTER TABLE `rooms` ADD `entries_per_address_max` int unsigned DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rooms` ADD `proof_of_work` int unsigned DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rooms` ADD `epoch` int unsigned DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rooms` ADD `lobby_entries` int unsigned;--> statement-breakpoint
ALTER TABLE `rooms` ADD `draw_seed` varchar(64) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `orders` ADD `state` enum('owned','cancelling','cancelled') DEFAULT 'owned' NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `cancelled_at` datetime(3);--> statement-breakpoint
ALTER TABLE `orders` ADD `stock_returned_at` datetime(3);--> statement-breakpoint
ALTER TABLE `tickets` ADD `live` boolean DEFAULT true;--> statement-breakpoint
ALTER TABLE `tickets` ADD CONSTRAINT `tickets_live_unit` UNIQUE(`ticket_type_id`,`unit_number`,`live`);--> statement-breakpoint
ALTER TABLE `tickets` DROP INDEX `tickets_unit`;--> statement-breakpoint
ALTER TABLE `room_checkpoints` ADD CONSTRAINT `room_checkpoints_room_id_rooms_id_fk` FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `payments_aside` ADD CONSTRAINT `payments_aside_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `payments_aside_open` ON `payments_aside` (`festival_id`,`resolved_at`);--> statement-breakpoint
CREATE INDEX `orders_state` ON `orders` (`state`,`stock_returned_at`);