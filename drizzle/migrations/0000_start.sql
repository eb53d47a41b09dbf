CREATE TABLE `accounts` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`email` varchar(254) NOT NULL,
	`name` varchar(100) NOT NULL,
	`password_hash` varchar(255) character set ascii collate ascii_bin NOT NULL,
	`roles` json NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `accounts_id` PRIMARY KEY(`id`),
	CONSTRAINT `accounts_email` UNIQUE(`email`)
);
--> statement-breakpoint
CREATE TABLE `festivals` (
	`id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(200) NOT NULL,
	`place` varchar(200) NOT NULL,
	`starts_at` datetime(3) NOT NULL,
	`ends_at` datetime(3) NOT NULL,
	`currency` char(3) NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `festivals_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `rooms` (
	`id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`order` enum('arrival') NOT NULL,
	`lobby_at` datetime(3) NOT NULL,
	`opens_at` datetime(3) NOT NULL,
	`closes_at` datetime(3) NOT NULL,
	`rate_per_second` int unsigned NOT NULL,
	`max_active` int unsigned NOT NULL,
	`entries_max` int unsigned NOT NULL,
	`grace_seconds` int unsigned NOT NULL,
	`pass_seconds` int unsigned NOT NULL,
	`hold_seconds` int unsigned NOT NULL,
	CONSTRAINT `rooms_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `ticket_types` (
	`id` int unsigned AUTO_INCREMENT NOT NULL,
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(100) NOT NULL,
	`price_minor` int unsigned NOT NULL,
	`quantity` int unsigned NOT NULL,
	`account_limit` int unsigned NOT NULL,
	`sale_from` datetime(3) NOT NULL,
	`sale_to` datetime(3) NOT NULL,
	`refund_until` datetime(3) NOT NULL,
	CONSTRAINT `ticket_types_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `units` (
	`ticket_type_id` int unsigned NOT NULL,
	`number` int unsigned NOT NULL,
	`order_id` char(36) character set ascii collate ascii_bin,
	CONSTRAINT `units_ticket_type_id_number_pk` PRIMARY KEY(`ticket_type_id`,`number`)
);
--> statement-breakpoint
CREATE TABLE `orders` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`payment_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`amount_minor` int unsigned NOT NULL,
	`currency` char(3) NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `orders_id` PRIMARY KEY(`id`),
	CONSTRAINT `orders_payment` UNIQUE(`payment_id`)
);
--> statement-breakpoint
CREATE TABLE `payments` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`hold_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`basket` json NOT NULL,
	`amount_minor` int unsigned NOT NULL,
	`currency` char(3) NOT NULL,
	`method` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`state` enum('charging','confirmed','declined','refunding','refunded') NOT NULL,
	`charge_id` varchar(64) character set ascii collate ascii_bin,
	`reason` varchar(200),
	`created_at` datetime(3) NOT NULL,
	`settled_at` datetime(3),
	CONSTRAINT `payments_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `tickets` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`ticket_type_id` int unsigned NOT NULL,
	`unit_number` int unsigned NOT NULL,
	`code` varchar(22) character set ascii collate ascii_bin NOT NULL,
	CONSTRAINT `tickets_id` PRIMARY KEY(`id`),
	CONSTRAINT `tickets_unit` UNIQUE(`ticket_type_id`,`unit_number`),
	CONSTRAINT `tickets_code` UNIQUE(`code`)
);
--> statement-breakpoint
ALTER TABLE `rooms` ADD CONSTRAINT `rooms_id_festivals_id_fk` FOREIGN KEY (`id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `ticket_types` ADD CONSTRAINT `ticket_types_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `units` ADD CONSTRAINT `units_ticket_type_id_ticket_types_id_fk` FOREIGN KEY (`ticket_type_id`) REFERENCES `ticket_types`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `orders` ADD CONSTRAINT `orders_payment_id_payments_id_fk` FOREIGN KEY (`payment_id`) REFERENCES `payments`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `orders` ADD CONSTRAINT `orders_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `orders` ADD CONSTRAINT `orders_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `payments` ADD CONSTRAINT `payments_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `payments` ADD CONSTRAINT `payments_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `tickets` ADD CONSTRAINT `tickets_order_id_orders_id_fk` FOREIGN KEY (`order_id`) REFERENCES `orders`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `tickets` ADD CONSTRAINT `tickets_ticket_type_id_ticket_types_id_fk` FOREIGN KEY (`ticket_type_id`) REFERENCES `ticket_types`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `ticket_types_festival` ON `ticket_types` (`festival_id`);--> statement-breakpoint
CREATE INDEX `units_free` ON `units` (`ticket_type_id`,`order_id`,`number`);--> statement-breakpoint
CREATE INDEX `orders_account` ON `orders` (`account_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `orders_festival` ON `orders` (`festival_id`);--> statement-breakpoint
CREATE INDEX `payments_account` ON `payments` (`account_id`);--> statement-breakpoint
CREATE INDEX `payments_state` ON `payments` (`state`);--> statement-breakpoint
CREATE INDEX `tickets_order` ON `tickets` (`order_id`);