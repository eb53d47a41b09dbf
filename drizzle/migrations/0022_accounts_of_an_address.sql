CREATE INDEX `accounts_email_password` ON `accounts` (`email`,`password_hash`);--> statement-breakpoint
ALTER TABLE `accounts` DROP INDEX `accounts_email`;