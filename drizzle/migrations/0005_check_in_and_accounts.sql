CREATE TABLE `password_resets` (
	`token_hash` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	`used_at` datetime(3),
	CONSTRAINT `password_resets_token_hash` PRIMARY KEY(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `check_ins` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`ticket_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`gate` varchar(60) NOT NULL,
	`undone_at` datetime(3),
	`undone_by` char(36) character set ascii collate ascii_bin,
	`live` boolean DEFAULT true,
	CONSTRAINT `check_ins_id` PRIMARY KEY(`id`),
	CONSTRAINT `check_ins_live` UNIQUE(`ticket_id`,`live`)
);
--> statement-breakpoint
ALTER TABLE `accounts` ADD `sessions_from` datetime(3);--> statement-breakpoint
ALTER TABLE `festivals` ADD `description_ko` varchar(4000);--> statement-breakpoint
ALTER TABLE `festivals` ADD `description_en` varchar(4000);--> statement-breakpoint
ALTER TABLE `festivals` ADD `picture` varchar(64) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `festivals` ADD `published` boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `password_resets` ADD CONSTRAINT `password_resets_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `check_ins` ADD CONSTRAINT `check_ins_ticket_id_tickets_id_fk` FOREIGN KEY (`ticket_id`) REFERENCES `tickets`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `check_ins` ADD CONSTRAINT `check_ins_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `password_resets_account` ON `password_resets` (`account_id`);--> statement-breakpoint
CREATE INDEX `check_ins_at` ON `check_ins` (`at`);--> statement-breakpoint
CREATE INDEX `provider_events_received` ON `provider_events` (`received_at`);