CREATE TABLE `recovery_codes` (
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`code_hash` varchar(64) character set ascii collate ascii_bin NOT NULL,
	CONSTRAINT `recovery_codes_account_id_code_hash_pk` PRIMARY KEY(`account_id`,`code_hash`)
);
--> statement-breakpoint
CREATE TABLE `second_factors` (
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`sealed_secret` varchar(200) character set ascii collate ascii_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`confirmed_at` datetime(3),
	`used_step` int unsigned,
	`wrong_codes` int unsigned NOT NULL DEFAULT 0,
	`wrong_from` datetime(3),
	CONSTRAINT `second_factors_account_id` PRIMARY KEY(`account_id`)
);
--> statement-breakpoint
CREATE TABLE `team_settings` (
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`second_factor_required` boolean NOT NULL,
	CONSTRAINT `team_settings_festival_id` PRIMARY KEY(`festival_id`)
);
--> statement-breakpoint
ALTER TABLE `recovery_codes` ADD CONSTRAINT `recovery_codes_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `second_factors` ADD CONSTRAINT `second_factors_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `team_settings` ADD CONSTRAINT `team_settings_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;