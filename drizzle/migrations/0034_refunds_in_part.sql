CREATE TABLE `refunds` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`payment_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`amount_minor` int unsigned NOT NULL,
	`tickets` json NOT NULL,
	`reason` varchar(500) NOT NULL,
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`key_hash` varchar(43) character set ascii collate ascii_bin NOT NULL,
	`refund_account` json,
	`state` enum('pending','done','failed','bounced') NOT NULL,
	`at_provider` boolean NOT NULL DEFAULT false,
	`failure` varchar(200),
	`created_at` datetime(3) NOT NULL,
	`ended_at` datetime(3),
	`finished_at` datetime(3),
	CONSTRAINT `refunds_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `orders` ADD `returned` json;--> statement-breakpoint
ALTER TABLE `refunds` ADD CONSTRAINT `refunds_order_id_orders_id_fk` FOREIGN KEY (`order_id`) REFERENCES `orders`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `refunds` ADD CONSTRAINT `refunds_payment_id_payments_id_fk` FOREIGN KEY (`payment_id`) REFERENCES `payments`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `refunds` ADD CONSTRAINT `refunds_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `refunds` ADD CONSTRAINT `refunds_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `refunds_order` ON `refunds` (`order_id`);--> statement-breakpoint
CREATE INDEX `refunds_payment` ON `refunds` (`payment_id`);--> statement-breakpoint
CREATE INDEX `refunds_unfinished` ON `refunds` (`finished_at`,`id`);--> statement-breakpoint
CREATE INDEX `refunds_festival` ON `refunds` (`festival_id`,`state`);