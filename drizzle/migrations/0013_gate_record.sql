CREATE TABLE `gate_scans` (
	`seq` bigint unsigned AUTO_INCREMENT NOT NULL,
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`ticket_id` char(36) character set ascii collate ascii_bin,
	`device` char(36) character set ascii collate ascii_bin,
	`gate` varchar(60) NOT NULL,
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`device_verdict` enum('admitted','already-used','flagged','outside-window','not-listed','unknown','undecided'),
	`server_verdict` enum('admitted','valid','already-used','void','flagged','outside-window','unknown') NOT NULL,
	`detail` json NOT NULL,
	`confirmed` json NOT NULL,
	`let_in` boolean NOT NULL,
	`notable` boolean NOT NULL,
	`at` datetime(3) NOT NULL,
	`device_at` datetime(3) NOT NULL,
	`device_offset_ms` bigint,
	`clock_doubtful` boolean NOT NULL,
	`received_at` datetime(3) NOT NULL,
	`undone_at` datetime(3),
	`undone_by` char(36) character set ascii collate ascii_bin,
	CONSTRAINT `gate_scans_seq` PRIMARY KEY(`seq`),
	CONSTRAINT `gate_scans_id` UNIQUE(`id`)
);
--> statement-breakpoint
ALTER TABLE `festivals` ADD `check_in_before_minutes` int unsigned DEFAULT 240 NOT NULL;--> statement-breakpoint
ALTER TABLE `festivals` ADD `check_in_after_minutes` int unsigned DEFAULT 120 NOT NULL;--> statement-breakpoint
ALTER TABLE `tickets` ADD `flag` enum('disputed','refunded','refunded-in-part');--> statement-breakpoint
ALTER TABLE `gate_scans` ADD CONSTRAINT `gate_scans_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `gate_scans` ADD CONSTRAINT `gate_scans_ticket_id_tickets_id_fk` FOREIGN KEY (`ticket_id`) REFERENCES `tickets`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `gate_scans` ADD CONSTRAINT `gate_scans_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `gate_scans_ticket` ON `gate_scans` (`ticket_id`,`notable`,`seq`);--> statement-breakpoint
CREATE INDEX `gate_scans_festival` ON `gate_scans` (`festival_id`,`seq`);--> statement-breakpoint
CREATE INDEX `gate_scans_notable` ON `gate_scans` (`festival_id`,`notable`,`seq`);--> statement-breakpoint
INSERT INTO `gate_scans` (`id`, `festival_id`, `ticket_id`, `gate`, `account_id`, `server_verdict`, `detail`, `confirmed`,
	`let_in`, `notable`, `at`, `device_at`, `clock_doubtful`, `received_at`, `undone_at`, `undone_by`)
SELECT `c`.`id`, `tt`.`festival_id`, `c`.`ticket_id`, `c`.`gate`, `c`.`account_id`, 'admitted', '{}', '[]',
	`c`.`live` IS NOT NULL, `c`.`live` IS NULL, `c`.`at`, `c`.`at`, true, `c`.`at`, `c`.`undone_at`, `c`.`undone_by`
FROM `check_ins` `c`
JOIN `tickets` `t` ON `t`.`id` = `c`.`ticket_id`
JOIN `ticket_types` `tt` ON `tt`.`id` = `t`.`ticket_type_id`
ORDER BY `c`.`at`, `c`.`id`;
