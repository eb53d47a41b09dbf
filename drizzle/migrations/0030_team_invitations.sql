CREATE TABLE `team_invitations` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`festival_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`email` varchar(254) NOT NULL,
	`email_key` varchar(254) character set ascii collate ascii_bin NOT NULL,
	`role` enum('owner','manager','viewer','gate') NOT NULL,
	`token_hash` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`invited_by` char(36) character set ascii collate ascii_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	CONSTRAINT `team_invitations_id` PRIMARY KEY(`id`),
	CONSTRAINT `team_invitations_mailbox` UNIQUE(`festival_id`,`email_key`),
	CONSTRAINT `team_invitations_token` UNIQUE(`token_hash`)
);
--> statement-breakpoint
ALTER TABLE `team_invitations` ADD CONSTRAINT `team_invitations_festival_id_festivals_id_fk` FOREIGN KEY (`festival_id`) REFERENCES `festivals`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `team_invitations` ADD CONSTRAINT `team_invitations_invited_by_accounts_id_fk` FOREIGN KEY (`invited_by`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;