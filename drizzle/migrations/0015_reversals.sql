CREATE TABLE `reconcile_marks` (
	`name` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`through` datetime(3) NOT NULL,
	CONSTRAINT `reconcile_marks_name` PRIMARY KEY(`name`)
);
--> statement-breakpoint
CREATE TABLE `reversals` (
	`id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`payment_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`kind` enum('refund','dispute') NOT NULL,
	`state` enum('open','done','failed') NOT NULL,
	`amount_minor` int unsigned NOT NULL,
	`made_at` datetime(3) NOT NULL,
	`found_at` datetime(3) NOT NULL,
	`settled_at` datetime(3),
	CONSTRAINT `reversals_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `reversals` ADD CONSTRAINT `reversals_payment_id_payments_id_fk` FOREIGN KEY (`payment_id`) REFERENCES `payments`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `reversals` ADD CONSTRAINT `reversals_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `reversals_payment` ON `reversals` (`payment_id`);--> statement-breakpoint
CREATE INDEX `reversals_attention` ON `reversals` (`festival_id`,`settled_at`);--> statement-breakpoint
CREATE INDEX `reversals_state` ON `reversals` (`state`);--> statement-breakpoint
CREATE INDEX `payments_charge` ON `payments` (`charge_id`);