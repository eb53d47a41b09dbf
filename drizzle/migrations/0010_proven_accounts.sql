CREATE TABLE `email_confirmations` (
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`secret_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`token_hash` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	`wrong_codes` int NOT NULL,
	`wrong_codes_of_day` int NOT NULL,
	`day_from` datetime(3) NOT NULL,
	CONSTRAINT `email_confirmations_account_id` PRIMARY KEY(`account_id`),
	CONSTRAINT `email_confirmations_token` UNIQUE(`token_hash`)
);
--> statement-breakpoint
ALTER TABLE `accounts` ADD `email_key` varchar(254) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `accounts` ADD `email_proven_at` datetime(3);--> statement-breakpoint
-- The normal form of the addresses there are, as origin/accounts/email-address.ts makes it.
UPDATE `accounts` SET `email_key` = CASE
	WHEN SUBSTRING_INDEX(`email`, '@', -1) IN ('gmail.com', 'googlemail.com')
		THEN CONCAT(COALESCE(NULLIF(REPLACE(SUBSTRING_INDEX(SUBSTRING_INDEX(`email`, '@', 1), '+', 1), '.', ''), ''), SUBSTRING_INDEX(`email`, '@', 1)), '@', 'gmail.com')
	WHEN SUBSTRING_INDEX(`email`, '@', -1) IN ('proton.me', 'protonmail.com', 'pm.me')
		THEN CONCAT(COALESCE(NULLIF(REPLACE(REPLACE(REPLACE(SUBSTRING_INDEX(SUBSTRING_INDEX(`email`, '@', 1), '+', 1), '.', ''), '-', ''), '_', ''), ''), SUBSTRING_INDEX(`email`, '@', 1)), '@', 'proton.me')
	WHEN SUBSTRING_INDEX(`email`, '@', -1) IN ('icloud.com', 'me.com', 'mac.com')
		THEN CONCAT(COALESCE(NULLIF(SUBSTRING_INDEX(SUBSTRING_INDEX(`email`, '@', 1), '+', 1), ''), SUBSTRING_INDEX(`email`, '@', 1)), '@', 'icloud.com')
	WHEN SUBSTRING_INDEX(`email`, '@', -1) IN ('daum.net', 'hanmail.net')
		THEN CONCAT(COALESCE(NULLIF(SUBSTRING_INDEX(SUBSTRING_INDEX(`email`, '@', 1), '+', 1), ''), SUBSTRING_INDEX(`email`, '@', 1)), '@', 'daum.net')
	ELSE CONCAT(COALESCE(NULLIF(SUBSTRING_INDEX(SUBSTRING_INDEX(`email`, '@', 1), '+', 1), ''), SUBSTRING_INDEX(`email`, '@', 1)), '@', SUBSTRING_INDEX(`email`, '@', -1))
END
WHERE LENGTH(`email`) = CHAR_LENGTH(`email`);--> statement-breakpoint
-- Of several accounts with one normal form the oldest keeps it until another one confirms the address.
UPDATE `accounts` JOIN (
	SELECT `email_key`, MIN(`id`) AS `kept` FROM `accounts` WHERE `email_key` IS NOT NULL GROUP BY `email_key` HAVING COUNT(*) > 1
) AS `several` ON `several`.`email_key` = `accounts`.`email_key`
SET `accounts`.`email_key` = NULL WHERE `accounts`.`id` <> `several`.`kept`;--> statement-breakpoint
ALTER TABLE `accounts` ADD CONSTRAINT `accounts_email_key` UNIQUE(`email_key`);--> statement-breakpoint
ALTER TABLE `email_confirmations` ADD CONSTRAINT `email_confirmations_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;