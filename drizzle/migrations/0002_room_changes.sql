CREATE TABLE `audit_log` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`at` datetime(3) NOT NULL,
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`action` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`subject` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`before` json NOT NULL,
	`after` json NOT NULL,
	CONSTRAINT `audit_log_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `rooms` ADD `paused` boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `rooms` ADD `notice_ko` varchar(500);--> statement-breakpoint
ALTER TABLE `rooms` ADD `notice_en` varchar(500);--> statement-breakpoint
ALTER TABLE `rooms` ADD `version` int unsigned DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `audit_log` ADD CONSTRAINT `audit_log_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `audit_log_subject` ON `audit_log` (`subject`,`id`);