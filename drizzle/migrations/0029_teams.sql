CREATE TABLE `operators` (
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`since` datetime(3) NOT NULL,
	`added_by` char(36) character set ascii collate ascii_bin,
	CONSTRAINT `operators_account_id` PRIMARY KEY(`account_id`)
);
--> statement-breakpoint
CREATE TABLE `team_members` (
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`role` enum('owner','manager','viewer','gate') NOT NULL,
	`since` datetime(3) NOT NULL,
	`added_by` char(36) character set ascii collate ascii_bin,
	CONSTRAINT `team_members_festival_id_account_id_pk` PRIMARY KEY(`festival_id`,`account_id`)
);
--> statement-breakpoint
ALTER TABLE `audit_log` ADD `festival_id` varchar(64) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `operators` ADD CONSTRAINT `operators_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `operators` ADD CONSTRAINT `operators_added_by_accounts_id_fk` FOREIGN KEY (`added_by`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `team_members` ADD CONSTRAINT `team_members_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `team_members` ADD CONSTRAINT `team_members_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `team_members` ADD CONSTRAINT `team_members_added_by_accounts_id_fk` FOREIGN KEY (`added_by`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `team_members_account` ON `team_members` (`account_id`,`role`);--> statement-breakpoint
CREATE INDEX `audit_log_festival` ON `audit_log` (`festival_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_account` ON `audit_log` (`account_id`,`id`);
--> statement-breakpoint
UPDATE `audit_log` `l` JOIN `festivals` `f` ON `f`.`id` = `l`.`subject` SET `l`.`festival_id` = `f`.`id`;--> statement-breakpoint
UPDATE `audit_log` `l` JOIN `orders` `o` ON `o`.`id` = `l`.`subject` SET `l`.`festival_id` = `o`.`festival_id`;--> statement-breakpoint
INSERT INTO `operators` (`account_id`, `since`)
SELECT `id`, UTC_TIMESTAMP(3) FROM `accounts` WHERE JSON_CONTAINS(`roles`, '"organiser"');--> statement-breakpoint
INSERT INTO `team_members` (`festival_id`, `account_id`, `role`, `since`)
SELECT `f`.`id`, `a`.`id`, 'owner', UTC_TIMESTAMP(3) FROM `festivals` `f`
JOIN `accounts` `a` ON JSON_CONTAINS(`a`.`roles`, '"organiser"');--> statement-breakpoint
INSERT INTO `team_members` (`festival_id`, `account_id`, `role`, `since`)
SELECT `f`.`id`, `a`.`id`, 'gate', UTC_TIMESTAMP(3) FROM `festivals` `f`
JOIN `accounts` `a` ON JSON_CONTAINS(`a`.`roles`, '"staff"') AND NOT JSON_CONTAINS(`a`.`roles`, '"organiser"');
