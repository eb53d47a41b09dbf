DROP INDEX `emails_due` ON `emails`;--> statement-breakpoint
ALTER TABLE `emails` ADD `may_wait` boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `emails_due` ON `emails` (`state`,`may_wait`,`due_at`);