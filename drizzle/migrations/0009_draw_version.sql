ALTER TABLE `rooms` ADD `draw_version` int unsigned DEFAULT 2 NOT NULL;--> statement-breakpoint
-- Rooms that fans may have entered keep what their places mean.
UPDATE `rooms` SET `draw_version` = 1 WHERE `id` IN (SELECT `id` FROM `festivals` WHERE `published`);
