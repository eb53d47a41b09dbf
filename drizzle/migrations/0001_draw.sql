ALTER TABLE `rooms` MODIFY COLUMN `order` enum('arrival','draw') NOT NULL;--> statement-breakpoint
ALTER TABLE `rooms` ADD `draw_secret` varchar(64) character set ascii collate ascii_bin;