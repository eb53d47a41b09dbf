ALTER TABLE `payments` ADD `request` varchar(43) character set ascii collate ascii_bin;--> statement-breakpoint
CREATE INDEX `payments_festival` ON `payments` (`festival_id`,`state`,`id`);--> statement-breakpoint
CREATE INDEX `payments_request` ON `payments` (`request`);