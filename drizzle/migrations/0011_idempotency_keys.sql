CREATE TABLE `idempotency_keys` (
	`account_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`key_hash` varchar(43) character set ascii collate ascii_bin NOT NULL,
	`request_hash` varchar(43) character set ascii collate ascii_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `idempotency_keys_account_id_key_hash_pk` PRIMARY KEY(`account_id`,`key_hash`)
);
--> statement-breakpoint
ALTER TABLE `idempotency_keys` ADD CONSTRAINT `idempotency_keys_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `idempotency_keys_created` ON `idempotency_keys` (`created_at`);