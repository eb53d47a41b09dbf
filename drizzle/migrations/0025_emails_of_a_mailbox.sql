ALTER TABLE `emails` ADD `mailbox` varchar(43) character set ascii collate ascii_bin;--> statement-breakpoint
CREATE INDEX `emails_mailbox` ON `emails` (`mailbox`,`created_at`);