CREATE TABLE `emails` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`email_key` varchar(120) character set ascii collate ascii_bin NOT NULL,
	`template` varchar(40) character set ascii collate ascii_bin NOT NULL,
	`account_id` char(36) character set ascii collate ascii_bin,
	`language` varchar(2) character set ascii collate ascii_bin,
	`params` json NOT NULL,
	`state` enum('waiting','sent','dead') NOT NULL,
	`attempts` int unsigned NOT NULL,
	`due_at` datetime(3) NOT NULL,
	`lease` char(36) character set ascii collate ascii_bin,
	`error` varchar(100),
	`created_at` datetime(3) NOT NULL,
	`ended_at` datetime(3),
	CONSTRAINT `emails_id` PRIMARY KEY(`id`),
	CONSTRAINT `emails_key` UNIQUE(`email_key`)
);
--> statement-breakpoint
ALTER TABLE `accounts` ADD `language` varchar(2) character set ascii collate ascii_bin;--> statement-breakpoint
CREATE INDEX `emails_due` ON `emails` (`state`,`due_at`);